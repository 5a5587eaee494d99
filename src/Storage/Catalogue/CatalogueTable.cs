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
        [.. await database.Query(
            new Statement("select settings, revision from queues order by id"),
            static row => JsonSerializer.Deserialize<QueueSettings>(row.GetString(0), Json)! with
            {
                Revision = row.GetInt64(1),
            },
            cancellationToken).ConfigureAwait(false)];

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

    public Task<bool> Replace(QueueSettings queue, CancellationToken cancellationToken = default) =>
        queue.Revision > 0
            ? Replace("queues", queue.Id, JsonSerializer.Serialize(queue, Json), queue.Revision, cancellationToken)
            : database.WriteOne(
                new Statement(
                    // A row of before there were revisions is at 0 too.
                    """
                    insert into queues (id, settings, revision) values (@id, @settings, 1)
                    on conflict (id) do update set settings = excluded.settings, revision = 1
                    where queues.revision = 0 returning 1
                    """,
                    ("@id", queue.Id), ("@settings", JsonSerializer.Serialize(queue, Json))),
                cancellationToken);

    public Task Save(SiteSettings site, CancellationToken cancellationToken = default) =>
        Save("sites", site.Key, JsonSerializer.Serialize(site, Json), cancellationToken);

    public Task<bool> Replace(SiteSettings site, CancellationToken cancellationToken = default) =>
        Replace("sites", site.Key, JsonSerializer.Serialize(site, Json), site.Revision, cancellationToken);

    private Task<bool> Save(string table, string id, string settings, CancellationToken cancellationToken) =>
        database.WriteOne(
            new Statement(
                $"""
                insert into {table} (id, settings, revision) values (@id, @settings, 1)
                on conflict (id) do update set settings = excluded.settings, revision = {table}.revision + 1
                returning 1
                """,
                ("@id", id), ("@settings", settings)),
            cancellationToken);

    private Task<bool> Replace(
        string table, string id, string settings, long revision, CancellationToken cancellationToken) =>
        database.WriteOne(
            new Statement(
                $"""
                update {table} set settings = @settings, revision = revision + 1
                where id = @id and revision = @revision returning 1
                """,
                ("@id", id), ("@settings", settings), ("@revision", revision)),
            cancellationToken);
}
