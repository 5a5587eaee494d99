using System.Data.Common;
using System.Net.Http.Headers;
using System.Text.Json;
using CustomerService.Checker.History;
using CustomerService.Conversations;
using CustomerService.Grains.Agents;
using CustomerService.Grains.Conversations;
using CustomerService.Grains.Streams;
using CustomerService.Grains.Visitors;
using CustomerService.Hosting;
using CustomerService.Simulation.Runs;
using CustomerService.Storage.Journal;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Orleans.Serialization;
using Visitor = CustomerService.Faults.Clients.Visitor;

namespace CustomerService.Faults.Stands;

/// <summary>The end of a run: fresh clients read everything by REST, and the database is written down, past the
/// product.</summary>
internal static class Dump
{
    private const int PageEvents = 200, FreshReadsMax = 60;
    private static readonly JsonSerializerOptions Wire = new(JsonSerializerDefaults.Web);
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(20) };

    /// <summary>The last conversations of these visitors, read by the visitor and by a supervisor who know nothing yet.</summary>
    public static async Task FreshReads(RunHistory history, Uri server, IReadOnlyList<(Visitor Visitor, string Conversation)> all, string adminToken, string adminId)
    {
        // The database is written down whole; of a crowd's conversations some are read through the product too.
        await Parallel.ForEachAsync(
            all.TakeLast(FreshReadsMax), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (each, cancellationToken) =>
            {
                await each.Visitor.Session(cancellationToken);
                await Read(history, server, each.Conversation, each.Visitor.Token, "visitor:" + each.Visitor.VisitorId, "visitors", null);
                await Read(history, server, each.Conversation, adminToken, "agent:" + adminId, "agents", true);
            });
    }

    /// <summary>The database itself: a connection string, or the folder of SQLite's files.</summary>
    public static async Task Write(RunHistory history, string? postgres, string? dataFolder)
    {
        await using var connection = Connect(postgres, dataFolder);
        await connection.OpenAsync();
        var streams = new Dictionary<string, List<StoredEvent>>(StringComparer.Ordinal);
        await using (var command = connection.CreateCommand())
        {
            command.CommandText =
                "select stream, version, position, type, at, data, visitor_sequence from journal order by position";
            await using var rows = await command.ExecuteReaderAsync();
            while (await rows.ReadAsync())
            {
                var stored = new StoredEvent(
                    rows.GetString(0), rows.GetInt64(1), rows.GetInt64(2), rows.GetString(3), FromMicros(rows.GetInt64(4)),
                    (byte[])rows.GetValue(5))
                {
                    VisitorSequence = rows.IsDBNull(6) ? null : rows.GetInt64(6),
                };
                if (!streams.TryGetValue(stored.Stream, out var events))
                    streams.Add(stored.Stream, events = []);
                events.Add(stored);
                var at = (stored.At - history.Epoch).Ticks / TimeSpan.TicksPerMillisecond;
                var slash = stored.Stream.IndexOf('/', StringComparison.Ordinal);
                var (kind, id) = (stored.Stream[..slash], stored.Stream[(slash + 1)..]);
                if (kind == "conversation")
                    history.Add(StoredLines.OfConversation(id, stored, at, history.Epoch));
                else if (kind == "agent")
                    history.Add(StoredLines.OfAgent(id, stored, at));
            }
        }
        await Folds(history, streams, postgres, dataFolder);
        await using var query = connection.CreateCommand();
        query.CommandText = "select id, version, state, agent_id, queue_id from conversations";
        await using var lines = await query.ExecuteReaderAsync();
        while (await lines.ReadAsync())
        {
            history.Add(new HistoryLine
            {
                Kind = LineKinds.Row, Conversation = lines.GetString(0), Version = lines.GetInt64(1), State = lines.GetString(2),
                Agent = lines.IsDBNull(3) ? null : lines.GetString(3), Queue = lines.GetString(4),
            });
        }
    }

    /// <summary>A connection of our own to the database, past the product.</summary>
    public static DbConnection Connect(string? postgres, string? dataFolder) => Connect(postgres, dataFolder, "customer-service.db");

    /// <summary>The same to where snapshots are: with SQLite a file of their own.</summary>
    public static DbConnection ConnectToSnapshots(string? postgres, string? dataFolder, bool toWrite = false) =>
        Connect(postgres, dataFolder, "snapshots.db", toWrite);

    private static DbConnection Connect(string? postgres, string? dataFolder, string file, bool toWrite = false) => postgres is not null
        ? new NpgsqlConnection(postgres + ";Pooling=false")
        : new SqliteConnection(
            $"Data Source={Path.Combine(dataFolder!, file)};Mode={(toWrite ? "ReadWrite" : "ReadOnly")};Pooling=False");

    /// <summary>Each snapshot and the tail after it, against the whole stream.</summary>
    private static async Task Folds(
        RunHistory history, Dictionary<string, List<StoredEvent>> streams, string? postgres, string? dataFolder)
    {
        await using var services = new ServiceCollection().AddSerializer().BuildServiceProvider();
        var serializer = new SnapshotSerializer(services.GetRequiredService<Serializer>(), NullLogger<SnapshotSerializer>.Instance);
        await using var connection = ConnectToSnapshots(postgres, dataFolder);
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText =
            "select graintypestring, grainidextensionstring, payloadbinary from orleansstorage where payloadbinary is not null";
        await using var rows = await command.ExecuteReaderAsync();
        while (await rows.ReadAsync())
        {
            var (kind, stream, bytes) = (rows.GetString(0), $"{rows.GetString(0)}/{rows.GetString(1)}", (byte[])rows.GetValue(2));
            var line = kind switch
            {
                "conversation" => Line<Conversation, ConversationEvent>(),
                "agent" => Line<Agent, AgentEvent>(),
                "visitor" => Line<Grains.Visitors.Visitor, VisitorEvent>(),
                _ => throw new InvalidOperationException($"A snapshot of an unknown kind: {kind}."),
            };
            if (line is not null)
                history.Add(line);

            HistoryLine? Line<TState, TEvent>()
                where TState : IFold<TState, TEvent>
                where TEvent : DomainEvent =>
                serializer.Deserialize<Snapshot<TState>>(new BinaryData(bytes)) is { State: not null } snapshot
                    ? StoredLines.OfFold<TState, TEvent>(stream, snapshot, streams[stream]).Line
                    : null;
        }
    }

    private static DateTimeOffset FromMicros(long stored) => DateTimeOffset.UnixEpoch.AddTicks(stored * TimeSpan.TicksPerMicrosecond);

    private static async Task Read(
        RunHistory history, Uri server, string conversation, string token, string actor, string audience, bool? supervisor)
    {
        var name = $"fresh-{audience}-{conversation}";
        history.Add(new HistoryLine
        {
            Kind = LineKinds.Client, Client = name, Actor = actor, Audience = audience, Fresh = true, Supervisor = supervisor,
        });
        history.Add(new HistoryLine { Kind = LineKinds.Join, Client = name, Conversation = conversation, From = 0 });
        for (long after = 0; ;)
        {
            using var request = new HttpRequestMessage(
                HttpMethod.Get, new Uri(server, $"/api/v1/conversations/{conversation}/events?after={after}&limit={PageEvents}"));
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            using var answer = await Http.SendAsync(request);
            var text = await answer.Content.ReadAsStringAsync();
            if (!answer.IsSuccessStatusCode)
                throw new HttpRequestException($"A fresh client's read of {conversation} was answered {(int)answer.StatusCode}: {text}");
            var events = JsonDocument.Parse(text).RootElement.GetProperty("events").Deserialize<EventView[]>(Wire)!;
            foreach (var view in events)
            {
                var (fact, content) = Facts.Of(view);
                history.Add(new HistoryLine
                {
                    Kind = LineKinds.Apply, Client = name, Conversation = conversation, Sequence = view.Sequence, Fact = fact, Content = content,
                });
            }
            if (events.Length < PageEvents)
                return;
            after = events[^1].Sequence;
        }
    }
}
