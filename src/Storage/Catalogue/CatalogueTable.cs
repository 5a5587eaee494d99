using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using CustomerService.Storage.Database;

namespace CustomerService.Storage.Catalogue;

/// <summary>Sites and queues as JSON in SQL; both databases take the same text.</summary>
internal sealed class CatalogueTable(IDatabase database) : ICatalogue
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.Create(UnicodeRanges.All),
    };

    public async Task<ImmutableArray<QueueSettings>> Queues(CancellationToken cancellationToken = default) =>
        [.. await All<QueueSettings>("queues", cancellationToken).ConfigureAwait(false)];

    public async Task<ImmutableArray<SiteSettings>> Sites(CancellationToken cancellationToken = default) =>
        [.. await database.Query(
            new Statement("select settings, revision from sites order by id"),
            static row => JsonSerializer.Deserialize<SiteSettings>(row.GetString(0), Json)! with
            {
                Revision = row.GetInt64(1),
            },
            cancellationToken).ConfigureAwait(false)];

    public Task Save(QueueSettings queue, CancellationToken cancellationToken = default) =>
        Save("queues", queue.Id, JsonSerializer.Serialize(queue, Json), cancellationToken);

    public Task Save(SiteSettings site, CancellationToken cancellationToken = default) =>
        database.WriteOne(
            new Statement(
                """
                insert into sites (id, settings, revision) values (@id, @settings, 1)
                on conflict (id) do update set settings = excluded.settings, revision = sites.revision + 1 returning 1
                """,
                ("@id", site.Key), ("@settings", JsonSerializer.Serialize(site, Json))),
            cancellationToken);

    public Task<bool> Replace(SiteSettings site, CancellationToken cancellationToken = default) =>
        database.WriteOne(
            new Statement(
                """
                update sites set settings = @settings, revision = revision + 1
                where id = @id and revision = @revision returning 1
                """,
                ("@id", site.Key), ("@settings", JsonSerializer.Serialize(site, Json)), ("@revision", site.Revision)),
            cancellationToken);

    private Task<List<T>> All<T>(string table, CancellationToken cancellationToken) =>
        database.Query(
            new Statement($"select settings from {table} order by id"),
            static row => JsonSerializer.Deserialize<T>(row.GetString(0), Json)!, cancellationToken);

    private Task<bool> Save(string table, string id, string settings, CancellationToken cancellationToken) =>
        database.WriteOne(
            new Statement(
                $"""
                insert into {table} (id, settings) values (@id, @settings)
                on conflict (id) do update set settings = excluded.settings returning 1
                """,
                ("@id", id), ("@settings", settings)),
            cancellationToken);
}
