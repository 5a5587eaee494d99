using System.Runtime.InteropServices;

namespace CustomerService.Storage.Files;

/// <summary>Files in a folder. Each is written beside its place, synced, and then renamed into it, so that a crash leaves
/// it whole or not at all; the folder is synced too, or the name itself could be lost.</summary>
public sealed class DiskFileStore(string folder) : IFileStore
{
    private const int OpenReadOnly = 0;

    /// <inheritdoc/>
    public Task Put(string key, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) => Guarded(
        async () =>
        {
            var path = PathOf(key);
            var parent = Path.GetDirectoryName(path)!;
            if (!Directory.Exists(parent))
            {
                Directory.CreateDirectory(parent);
                Sync(folder);
            }
            var beside = $"{path}.{Guid.NewGuid():N}.new";
            try
            {
                await using (var file = new FileStream(beside, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1))
                {
                    await file.WriteAsync(data, cancellationToken).ConfigureAwait(false);
                    file.Flush(flushToDisk: true);
                }
                File.Move(beside, path, overwrite: true);
            }
            catch
            {
                File.Delete(beside);
                throw;
            }
            Sync(parent);
            return true;
        });

    /// <inheritdoc/>
    public Task<Stream?> Open(string key, CancellationToken cancellationToken = default) => Guarded(() =>
    {
        try
        {
            return Task.FromResult<Stream?>(new FileStream(
                PathOf(key), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 64 << 10,
                FileOptions.Asynchronous | FileOptions.SequentialScan));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return Task.FromResult<Stream?>(null);
        }
    });

    /// <inheritdoc/>
    public Task Delete(string key, CancellationToken cancellationToken = default) => Guarded(() =>
    {
        var path = PathOf(key);
        if (File.Exists(path))
            File.Delete(path);
        return Task.FromResult(true);
    });

    /// <summary>A folder by the first two characters, so that none gets too large. The key is checked: whatever its
    /// caller did, it can't lead out of the folder.</summary>
    private string PathOf(string key)
    {
        FileKeys.Check(key);
        return Path.Combine(folder, key[..2], key);
    }

    private static async Task<T> Guarded<T>(Func<Task<T>> work)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FileStoreException($"The folder of files failed: {e.Message}", e);
        }
    }

    /// <summary>A folder's own entries reach the disk only when it is synced itself; .NET has no call for that.</summary>
    private static void Sync(string directory)
    {
        if (OperatingSystem.IsWindows())
            return;
        var handle = open(directory, OpenReadOnly);
        if (handle < 0)
            throw new IOException($"The folder {directory} can't be opened to be synced.");
        try
        {
            if (fsync(handle) != 0)
                throw new IOException($"The folder {directory} can't be synced.");
        }
        finally
        {
            _ = close(handle);
        }
    }

#pragma warning disable IDE1006, SYSLIB1054, CA2101, CA5392 // The system's own names; no marshalling worth a generator.
    [DllImport("libc", SetLastError = true, CharSet = CharSet.Ansi)]
    private static extern int open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", SetLastError = true)]
    private static extern int fsync(int handle);

    [DllImport("libc")]
    private static extern int close(int handle);
#pragma warning restore IDE1006, SYSLIB1054, CA2101, CA5392
}

/// <summary>What may be a key.</summary>
internal static class FileKeys
{
    public static void Check(string key)
    {
        if (key.Length is < 3 or > 120 || key[0] == '.'
            || !key.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '-' or '_'))
        {
            throw new ArgumentException("Not a key of the file store.", nameof(key));
        }
    }
}
