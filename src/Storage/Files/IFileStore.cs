namespace CustomerService.Storage.Files;

/// <summary>
/// Where the bytes of files lie: a folder, the database, or an S3-compatible store. Keys are 1 to 120 characters of a-z,
/// 0-9, <c>.</c> and <c>-</c>. Out of reach it throws <see cref="FileStoreException"/>; every call may be repeated.
/// </summary>
public interface IFileStore
{
    /// <summary>Stores bytes under a key, in the place of what was there. Durable when the task completes.</summary>
    Task Put(string key, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default);

    /// <summary>What is stored under a key, to be disposed by the caller; null where there is nothing.</summary>
    Task<Stream?> Open(string key, CancellationToken cancellationToken = default);

    /// <summary>Deletes it. Nothing there is no mistake.</summary>
    Task Delete(string key, CancellationToken cancellationToken = default);
}

/// <summary>The store is out of reach or full; the outcome of a write is unknown until it is repeated.</summary>
public sealed class FileStoreException(string message, Exception? inner = null) : Exception(message, inner);
