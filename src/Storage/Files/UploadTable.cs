using System.Data.Common;
using CustomerService.Storage.Database;

namespace CustomerService.Storage.Files;

/// <summary>Uploads in SQL.</summary>
internal sealed class UploadTable(IDatabase database) : IUploads
{
    private const string Columns =
        "id, owner, name, bytes, received, state, reason, type, width, height, preview, created_at";

    private static readonly string[] States = ["receiving", "ready", "used", "refused", "expired", "removed"];

    public Task Add(Upload upload, CancellationToken cancellationToken = default) =>
        database.WriteOne(
            new Statement(
                """
                insert into uploads (id, owner, name, bytes, received, state, created_at)
                values (@id, @owner, @name, @bytes, 0, 'receiving', @created) returning 1
                """,
                ("@id", upload.Id), ("@owner", upload.Owner), ("@name", upload.Name), ("@bytes", upload.Bytes),
                ("@created", Times.ToMicros(upload.CreatedAt))),
            cancellationToken);

    public async Task<IReadOnlyList<Upload>> Find(
        IReadOnlyList<string> ids, CancellationToken cancellationToken = default) =>
        await database.Query(
            new Statement(
                $"select {Columns} from uploads where {database.In("id", "@ids")}", ("@ids", database.List(ids))),
            From, cancellationToken).ConfigureAwait(false);

    public async Task<(long Bytes, int UnderWay)> Announced(
        string owner, DateTimeOffset since, CancellationToken cancellationToken = default) =>
        (await database.Query(
            new Statement(
                """
                select cast(coalesce(sum(bytes), 0) as bigint),
                    cast(coalesce(sum(case when state = 'receiving' then 1 else 0 end), 0) as bigint)
                from uploads where owner = @owner and created_at > @since
                """,
                ("@owner", owner), ("@since", Times.ToMicros(since))),
            static row => (row.GetInt64(0), (int)row.GetInt64(1)), cancellationToken).ConfigureAwait(false))[0];

    public Task<bool> Advance(
        string id, long before, long received, CancellationToken cancellationToken = default) =>
        database.WriteOne(
            new Statement(
                """
                update uploads set received = @received
                where id = @id and received = @before and state = 'receiving' returning 1
                """,
                ("@id", id), ("@before", before), ("@received", received)),
            cancellationToken);

    public Task<bool> Settle(Upload upload, CancellationToken cancellationToken = default) =>
        database.WriteOne(
            new Statement(
                """
                update uploads set state = @state, reason = @reason, name = @name, bytes = @bytes, type = @type,
                    width = @width, height = @height, preview = @preview
                where id = @id and state = 'receiving' returning 1
                """,
                ("@id", upload.Id), ("@state", States[(int)upload.State]), ("@reason", upload.Reason),
                ("@name", upload.Name), ("@bytes", upload.Bytes), ("@type", upload.Type), ("@width", upload.Width),
                ("@height", upload.Height), ("@preview", upload.HasPreview ? 1 : 0)),
            cancellationToken);

    public async Task<bool> Use(IReadOnlyList<string> ids, CancellationToken cancellationToken = default) =>
        (await database.Write(
            new Statement(
                $"""
                update uploads set state = case when state = 'removed' then state else 'used' end
                where {database.In("id", "@ids")} and state in ('ready', 'used', 'removed') returning 1
                """,
                ("@ids", database.List(ids))),
            static _ => true, cancellationToken).ConfigureAwait(false)).Count == ids.Count;

    public async Task<IReadOnlyList<Upload>> Expire(
        DateTimeOffset before, CancellationToken cancellationToken = default) =>
        await database.Write(
            new Statement(
                $"""
                update uploads set state = 'expired' where id in (
                    select id from uploads where state <> 'used' and state <> 'removed'
                        and (created_at < @before or state = 'expired')
                    order by created_at limit 100) and state <> 'used' and state <> 'removed'
                returning {Columns}
                """,
                ("@before", Times.ToMicros(before))),
            From, cancellationToken).ConfigureAwait(false);

    public async Task<IReadOnlyList<Upload>> Removed(CancellationToken cancellationToken = default) =>
        await database.Query(
            new Statement(
                $"""
                select {Columns} from uploads where state <> 'used' and state = 'removed' and received > 0
                order by created_at limit 100
                """),
            From, cancellationToken).ConfigureAwait(false);

    public Task Emptied(string id, CancellationToken cancellationToken = default) =>
        database.WriteOne(
            new Statement("update uploads set received = 0 where id = @id and state = 'removed' returning 1", ("@id", id)),
            cancellationToken);

    public Task GiveUp(string id, CancellationToken cancellationToken = default) =>
        database.WriteOne(
            new Statement(
                "update uploads set state = 'expired' where id = @id and state not in ('used', 'removed') returning 1",
                ("@id", id)),
            cancellationToken);

    public Task Remove(string id, CancellationToken cancellationToken = default) =>
        database.WriteOne(
            new Statement("delete from uploads where id = @id and state = 'expired' returning 1", ("@id", id)),
            cancellationToken);

    private static Upload From(DbDataReader row) => new()
    {
        Id = row.GetString(0),
        Owner = row.GetString(1),
        Name = row.GetString(2),
        Bytes = row.GetInt64(3),
        Received = row.GetInt64(4),
        State = (UploadState)Array.IndexOf(States, row.GetString(5)),
        Reason = row.GetString(6),
        Type = row.GetString(7),
        Width = row.IsDBNull(8) ? null : Convert.ToInt32(row.GetValue(8), null),
        Height = row.IsDBNull(9) ? null : Convert.ToInt32(row.GetValue(9), null),
        HasPreview = Convert.ToInt32(row.GetValue(10), null) != 0,
        CreatedAt = row.Time(11),
    };
}
