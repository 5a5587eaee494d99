using System.Data.Common;
using CustomerService.Storage.Database;

namespace CustomerService.Storage.Library;

/// <summary>The library in SQL; both databases take the same text.</summary>
internal sealed class LibraryTable(IDatabase database) : ILibrary
{
    private const string Select = "select kind, id, scope, revision, body, updated_by, updated_at from library";

    public async Task<IReadOnlyList<LibraryItem>> List(
        string kind, IReadOnlyList<string>? scopes, string agentScope, CancellationToken cancellationToken = default)
    {
        const string order = "order by id limit 10000";
        var statement = scopes is null
            ? new Statement(
                $"{Select} where kind = @kind and (scope = @own or scope not like 'agent:%') {order}",
                ("@kind", kind), ("@own", agentScope))
            : new Statement(
                $"{Select} where kind = @kind and {database.In("scope", "@scopes")} {order}",
                ("@kind", kind), ("@scopes", database.List([.. scopes, agentScope])));
        return await database.Query(statement, From, cancellationToken).ConfigureAwait(false);
    }

    public async Task<LibraryItem?> Find(string kind, string id, CancellationToken cancellationToken = default) =>
        (await database.Query(
            new Statement($"{Select} where kind = @kind and id = @id", ("@kind", kind), ("@id", id)), From,
            cancellationToken).ConfigureAwait(false)).FirstOrDefault();

    public async Task<long> Count(string kind, string scope, CancellationToken cancellationToken = default) =>
        (await database.Query(
            new Statement(
                "select count(*) from library where kind = @kind and scope = @scope",
                ("@kind", kind), ("@scope", scope)),
            static row => row.GetInt64(0), cancellationToken).ConfigureAwait(false))[0];

    public Task<bool> Save(LibraryItem item, CancellationToken cancellationToken = default) =>
        database.WriteOne(
            new Statement(
                item.Revision == 0
                    ? """
                      insert into library (kind, id, scope, revision, body, updated_by, updated_at)
                      values (@kind, @id, @scope, @revision + 1, @body, @by, @at) on conflict do nothing returning 1
                      """
                    : """
                      update library set scope = @scope, revision = @revision + 1, body = @body, updated_by = @by,
                          updated_at = @at
                      where kind = @kind and id = @id and revision = @revision returning 1
                      """,
                ("@kind", item.Kind), ("@id", item.Id), ("@scope", item.Scope), ("@revision", item.Revision),
                ("@body", item.Body), ("@by", item.UpdatedBy), ("@at", Times.ToMicros(item.UpdatedAt))),
            cancellationToken);

    public Task<bool> Delete(string kind, string id, long revision, CancellationToken cancellationToken = default) =>
        database.WriteOne(
            new Statement(
                "delete from library where kind = @kind and id = @id and revision = @revision returning 1",
                ("@kind", kind), ("@id", id), ("@revision", revision)),
            cancellationToken);

    private static LibraryItem From(DbDataReader row) => new(
        row.GetString(0), row.GetString(1), row.GetString(2), row.GetInt64(3), row.GetString(4), row.GetString(5),
        row.Time(6));
}

/// <summary>Drafts in SQL. An empty one keeps its row, and with it its revision: another machine must learn that it was
/// emptied.</summary>
internal sealed class DraftTable(IDatabase database) : IDrafts
{
    public async Task<IReadOnlyList<StoredDraft>> Of(string agentId, CancellationToken cancellationToken = default) =>
        await database.Query(
            new Statement(
                """
                select conversation_id, reply, note, mode, revision, updated_at from drafts
                where agent_id = @agent order by updated_at desc, conversation_id limit @max
                """,
                ("@agent", agentId), ("@max", (long)IDrafts.KeptMax)),
            static row => new StoredDraft(
                row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetInt64(4), row.Time(5)),
            cancellationToken).ConfigureAwait(false);

    public async Task<long> Save(
        string agentId, string conversationId, string reply, string note, string mode, DateTimeOffset at,
        CancellationToken cancellationToken = default)
    {
        var revisions = await database.Write(
            new Statement(
                """
                insert into drafts (agent_id, conversation_id, reply, note, mode, revision, updated_at)
                values (@agent, @conversation, @reply, @note, @mode, 1, @at)
                on conflict (agent_id, conversation_id) do update set reply = excluded.reply, note = excluded.note,
                    mode = excluded.mode, revision = drafts.revision + 1, updated_at = excluded.updated_at
                returning revision
                """,
                ("@agent", agentId), ("@conversation", conversationId), ("@reply", reply), ("@note", note),
                ("@mode", mode), ("@at", Times.ToMicros(at))),
            static row => row.GetInt64(0), cancellationToken).ConfigureAwait(false);
        // Only the first draft of a conversation can be one too many.
        if (revisions[0] == 1)
        {
            await database.Write(
                new Statement(
                    """
                    delete from drafts where agent_id = @agent and conversation_id in (
                        select conversation_id from drafts where agent_id = @agent
                        order by updated_at desc, conversation_id limit 10000 offset @max)
                    returning 1
                    """,
                    ("@agent", agentId), ("@max", (long)IDrafts.KeptMax)),
                static _ => true, cancellationToken).ConfigureAwait(false);
        }
        return revisions[0];
    }
}
