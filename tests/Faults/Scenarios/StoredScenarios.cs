using System.Data.Common;
using CustomerService.Faults.Clients;
using CustomerService.Faults.Stands;
using CustomerService.Support;
using Npgsql;

namespace CustomerService.Faults;

/// <summary>What is stored is other than the server believes: committed without an answer, or damaged.</summary>
internal static class StoredScenarios
{
    private const int CutsAfterCommit = 20;

    public static readonly Scenario[] All =
    [
        new("commit-then-cut", "17", "the journal's transaction commits and its connection dies before the answer, again and again: "
            + "the same sequence on retry, one copy, acked within 5 s of the cut", CommitThenCut),
        new("poison", "18", "damaged events of two conversations, a visitor and an agent, and a damaged snapshot: those four say "
            + "they are quarantined, everything else is served, and nothing is lost once they are mended", Poison),
    ];

    private static async Task CommitThenCut(Trial trial)
    {
        await using var stand = await Stand.Open(trial.Name, new StandOptions { OnPostgres = true, BadDatabaseLine = true });
        await stand.Talk(4, pauseMs: 20);
        var victim = await stand.NewVisitor();
        await stand.Begin(victim, "whose commits are answered late");
        await using var database = stand.OwnConnection();
        await database.OpenAsync();
        var line = stand.DatabaseLine!;
        for (var i = 1; i <= CutsAfterCommit; i++)
        {
            var (id, from) = (Guid.NewGuid().ToString("N"), stand.History.Now);
            line.MuteAfter = id;
            var said = victim.Say($"cut after commit {i} {id}", id);
            object? committed = null;
            await Await.Until(
                "it is committed",
                async () => (committed = await One(database, "select visitor_sequence from journal where client_id = @a", id)) is not null,
                TimeSpan.FromSeconds(20), () => stand.Server.Output);
            Trial.Demand(line.Mutes == i, $"{line.Mutes} connections were muted at the {i}th commit: the message came by another way.");
            Trial.Demand(!said.IsCompleted, "It was acknowledged although no answer of the database came through.");
            line.MuteAfter = null;
            var cutAt = stand.History.Now;
            line.CutMuted();
            var sequence = await said.WaitAsync(TimeSpan.FromSeconds(30));
            Trial.Demand(sequence == (long)committed!, $"Committed as {committed}, acknowledged as {sequence}.");
            trial.OutageMs = Math.Max(trial.OutageMs ?? 0, stand.History.LongestSilence(from, stand.History.Now));
            trial.Recovered(stand.History.Now - cutAt, 5_000);
        }
        trial.Note($"{CutsAfterCommit} commits whose answer was lost, each acknowledged at its sequence");
        await trial.Finish(stand);
    }

    private static async Task Poison(Trial trial)
    {
        await using var stand = await Stand.Open(trial.Name, new StandOptions { OnPostgres = true, Agents = 0 });
        // The one who waits longest is poisoned too: the queue must not wait for it.
        var (waiting, broken, cached, known, sound) = (
            await Talker(stand, "first"), await Talker(stand, "broken"), await Talker(stand, "cached"), await Talker(stand, "known"),
            await Talker(stand, "sound"));
        var sick = await stand.NewAgent();
        await Await.Until("everybody is served", () => stand.History.AckCount >= 15, TimeSpan.FromSeconds(20), () => stand.Server.Output);
        foreach (var one in (Visitor[])[broken, cached, known, sound])
            await one.Say("and again");
        await sick.DisposeAsync();
        await stand.Server.Stop();
        await using var database = stand.OwnConnection();
        await database.OpenAsync();
        var (damaged, mend) = (new List<(string Stream, long Version, byte[] Data)>(), 0);
        await Damage("conversation/" + waiting.Conversation, 1, "{}");
        await Damage("conversation/" + broken.Conversation, 2, "{\"text");
        await Damage("visitor/demo/" + known.VisitorId, 1, "[]");
        await Damage("agent/" + sick.AgentId, 1, "null");
        Trial.Demand(1 == await Do(
            "update orleansstorage set payloadbinary = overlay(payloadbinary placing '\\xdeadbeef'::bytea from length(payloadbinary) / 2) "
            + "where grainidextensionstring = @a", cached.Conversation!), "There is no snapshot to damage.");

        var startedAt = stand.History.Now;
        await stand.Server.Start().Ready();
        await Quarantined(waiting, waiting.Conversation!);
        await Quarantined(broken, broken.Conversation!);
        var refused = await known.Ask("StartConversation", new
        {
            clientId = Guid.NewGuid().ToString("N"), message = new { clientMessageId = Guid.NewGuid().ToString("N"), text = "refused" },
        });
        Trial.Demand(refused is { Code: "Unavailable" } and var (_, why) && why.Contains("quarantined", StringComparison.Ordinal),
            $"A visitor whose stream is damaged was answered {refused}.");
        await cached.Say("my snapshot is damaged");
        await sound.Say("nothing of mine is damaged");
        trial.Note($"others served {stand.History.Now - startedAt} ms after the start");
        await stand.NewAgent();
        var acks = stand.History.AckCount;
        var newcomer = await stand.NewVisitor();
        var cameAt = stand.History.Now;
        await stand.Begin(newcomer, "who serves me?");
        await Await.Until("a newcomer is answered by the other agent", () => Answered(newcomer), TimeSpan.FromSeconds(15), () => stand.Server.Output);
        trial.Recovered(stand.History.Now - cameAt, 5_000);
        var leaked = await One(
            database, "select count(*) from journal where stream like 'agent/%' and convert_from(data, 'UTF8') like '%' || @a || '%'",
            waiting.Conversation!);
        trial.Note($"the poisoned one that waits was asked a place for {leaked} times");
        Trial.Demand(await stand.IsReady(), "The server is not ready beside quarantined streams.");

        foreach (var (stream, version, data) in damaged)
            mend += await Set(stream, version, data);
        Trial.Demand(mend == damaged.Count, "Not all could be mended.");
        var mendedAt = stand.History.Now;
        await Task.WhenAll(waiting.Say("mended"), broken.Say("mended")).WaitAsync(TimeSpan.FromSeconds(60));
        trial.Note($"served again {stand.History.Now - mendedAt} ms after they were mended");
        await trial.Finish(stand);

        bool Answered(Visitor visitor) => stand.History.AckCount > acks && visitor.Places().Any(place => place.Sequence >= 3);

        async Task Quarantined(Visitor visitor, string conversation)
        {
            var answer = await visitor.Ask(
                "SendMessage", new { conversationId = conversation, clientMessageId = Guid.NewGuid().ToString("N"), text = "refused" });
            Trial.Demand(answer is { Code: "Unavailable" } and var (_, sentence) && sentence.Contains("quarantined", StringComparison.Ordinal),
                $"A conversation with a damaged event answered {answer}.");
        }

        async Task Damage(string stream, long version, string data)
        {
            damaged.Add((stream, version, (byte[])(await One(
                database, $"select data from journal where stream = @a and version = {version}", stream))!));
            Trial.Demand(1 == await Set(stream, version, System.Text.Encoding.UTF8.GetBytes(data)), $"{stream} has no event {version}.");
            await Do("delete from orleansstorage where graintypestring || '/' || grainidextensionstring = @a", stream);
        }

        async Task<int> Set(string stream, long version, byte[] data)
        {
            await using var command = Command(database, $"update journal set data = @d where stream = @a and version = {version}", stream);
            command.Parameters.Add(new NpgsqlParameter("d", data));
            return await command.ExecuteNonQueryAsync();
        }

        async Task<int> Do(string sql, string argument)
        {
            await using var command = Command(database, sql, argument);
            return await command.ExecuteNonQueryAsync();
        }
    }

    private static async Task<Visitor> Talker(Stand stand, string name)
    {
        var visitor = await stand.NewVisitor();
        await stand.Begin(visitor, $"{name} comes");
        await visitor.Say($"{name} waits");
        return visitor;
    }

    private static async Task<object?> One(DbConnection database, string sql, string argument)
    {
        await using var command = Command(database, sql, argument);
        return await command.ExecuteScalarAsync();
    }

    private static DbCommand Command(DbConnection database, string sql, string argument)
    {
        var command = database.CreateCommand();
#pragma warning disable CA2100 // Our own texts.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.Parameters.Add(new NpgsqlParameter("a", argument));
        return command;
    }
}
