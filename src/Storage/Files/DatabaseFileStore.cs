using CustomerService.Storage.Database;

namespace CustomerService.Storage.Files;

/// <summary>Files in PostgreSQL: for clusters that have no other store. Not with SQLite, whose one writer is the
/// journal's.</summary>
internal sealed class DatabaseFileStore(IDatabase database) : IFileStore
{
    public Task Put(string key, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        FileKeys.Check(key);
        return Guarded(() => database.WriteOne(
            new Statement(
                """
                insert into blobs (key, data) values (@key, @data)
                on conflict (key) do update set data = excluded.data returning 1
                """,
                ("@key", key), ("@data", data.ToArray())),
            cancellationToken));
    }

    public async Task<Stream?> Open(string key, CancellationToken cancellationToken = default)
    {
        FileKeys.Check(key);
        var found = await Guarded(() => database.Query(
            new Statement("select data from blobs where key = @key", ("@key", key)),
            static row => row.Bytes(0), cancellationToken)).ConfigureAwait(false);
        return found is [var data] ? new MemoryStream(data, writable: false) : null;
    }

    public Task Delete(string key, CancellationToken cancellationToken = default)
    {
        FileKeys.Check(key);
        return Guarded(() => database.WriteOne(
            new Statement("delete from blobs where key = @key returning 1", ("@key", key)), cancellationToken));
    }

    private static async Task<T> Guarded<T>(Func<Task<T>> work)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new FileStoreException($"The database failed to keep or give a file: {e.Message}", e);
        }
    }
}
