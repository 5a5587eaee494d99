using CustomerService.Storage.Database;

namespace CustomerService.Storage.Keys;

/// <summary>Signing keys in SQL. The caller's thread waits: the framework asks seldom, and never on a grain's
/// thread.</summary>
internal sealed class KeyTable(IDatabase database) : IKeyStore
{
    public IReadOnlyList<string> All() =>
        Task.Run(() => database.Query(
            new Statement("select xml from signing_keys order by name"), static row => row.GetString(0),
            CancellationToken.None)).GetAwaiter().GetResult();

    public void Add(string name, string xml) =>
        Task.Run(() => database.WriteOne(
            new Statement(
                "insert into signing_keys (name, xml) values (@name, @xml) on conflict (name) do nothing returning 1",
                ("@name", name), ("@xml", xml)),
            CancellationToken.None)).GetAwaiter().GetResult();
}
