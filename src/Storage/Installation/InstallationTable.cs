using CustomerService.Storage.Database;

namespace CustomerService.Storage.Installation;

internal sealed class InstallationTable(IDatabase database) : IInstallation
{
    public async Task<string> Agree(string name, string value, CancellationToken cancellationToken)
    {
        // The update changes nothing; it makes the stored row come back.
        var stored = await database.Write(
            new Statement(
                """
                insert into installation (name, value) values (@name, @value)
                on conflict (name) do update set value = installation.value returning value
                """,
                ("@name", name), ("@value", value)),
            static row => row.GetString(0), cancellationToken).ConfigureAwait(false);
        return stored[0];
    }

    public async Task<string?> Find(string name, CancellationToken cancellationToken) =>
        (await database.Query(
            new Statement("select value from installation where name = @name", ("@name", name)),
            static row => row.GetString(0), cancellationToken).ConfigureAwait(false)).FirstOrDefault();

    public Task Put(string name, string? value, CancellationToken cancellationToken) => database.Write(
        value is null
            ? new Statement("delete from installation where name = @name", ("@name", name))
            : new Statement(
                """
                insert into installation (name, value) values (@name, @value)
                on conflict (name) do update set value = excluded.value
                """,
                ("@name", name), ("@value", value)),
        static _ => true, cancellationToken);
}
