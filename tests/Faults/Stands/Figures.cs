using System.Data.Common;
using System.Net.Http.Headers;
using System.Text.Json;
using CustomerService.Checker.History;
using CustomerService.Faults.Clients;
using CustomerService.Support;

namespace CustomerService.Faults.Stands;

/// <summary>What the product counts: agents' loads, lengths of queues, unread marks. Asked for while nobody writes, and
/// told only where nothing was written until the database was written down.</summary>
internal sealed class Figures
{
    private const int ListMax = 100;
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(20) };

    private readonly List<HistoryLine> _lines;
    private readonly long _position;

    private Figures(List<HistoryLine> lines, long position) => (_lines, _position) = (lines, position);

    /// <summary>Asks until two answers, further apart than any of them may be old, agree and nothing was stored in
    /// between.</summary>
    public static async Task<Figures> Ask(Uri server, string adminToken, IReadOnlyList<AgentClient> agents, Func<DbConnection> database)
    {
        var (before, at, said) = (-1L, Environment.TickCount64, "");
        List<HistoryLine> lines = [];
        await Await.Until(
            "the figures of queues and agents have come to rest",
            async () =>
            {
                if (Environment.TickCount64 - at < 2_500 && said.Length > 0)
                    return false;
                lines = await Read(server, adminToken, agents, database);
                var (position, now) = (await Position(database), string.Join('\n', lines));
                var rests = position == before && now == said;
                (before, at, said) = (position, Environment.TickCount64, now);
                return rests;
            },
            TimeSpan.FromSeconds(60), () => $"position {before}; {said[..Math.Min(said.Length, 2_000)]}");
        return new Figures(lines, before);
    }

    /// <summary>Writes them into the history; false where events were stored since, so that they say nothing.</summary>
    public async Task<bool> Write(RunHistory history, Func<DbConnection> database)
    {
        if (await Position(database) != _position)
            return false;
        foreach (var line in _lines)
            history.Add(line);
        return true;
    }

    private static async Task<List<HistoryLine>> Read(
        Uri server, string adminToken, IReadOnlyList<AgentClient> agents, Func<DbConnection> database)
    {
        var lines = new List<HistoryLine>();
        var known = agents.Select(agent => agent.AgentId).ToHashSet(StringComparer.Ordinal);
        foreach (var agent in (await Get(server, "agents", adminToken)).GetProperty("agents").EnumerateArray())
        {
            if (known.Contains(agent.GetProperty("agentId").GetString()!))
            {
                lines.Add(new HistoryLine
                {
                    Kind = LineKinds.Load, Agent = agent.GetProperty("agentId").GetString(), Load = agent.GetProperty("load").GetInt32(),
                });
            }
        }
        foreach (var queue in (await Get(server, "queues", adminToken)).GetProperty("queues").EnumerateArray())
        {
            lines.Add(new HistoryLine
            {
                Kind = LineKinds.QueueLength, Queue = queue.GetProperty("id").GetString(), Waiting = queue.GetProperty("waiting").GetInt32(),
            });
        }
        foreach (var agent in agents)
        {
            var reader = "agent:" + agent.AgentId;
            var list = await Get(server, $"conversations?agent={agent.AgentId}&limit={ListMax}", agent.Token);
            foreach (var line in list.GetProperty("conversations").EnumerateArray())
            {
                var id = line.GetProperty("conversationId").GetString()!;
                var head = line.GetProperty("head").GetInt64();
                lines.Add(new HistoryLine
                {
                    Kind = LineKinds.Unread, Conversation = id, Reader = reader, Audience = "agents", Head = head,
                    UpTo = await Mark(database, id, reader), Unread = head - line.GetProperty("readUpTo").GetInt64(),
                });
            }
        }
        return lines;
    }

    private static async Task<JsonElement> Get(Uri server, string path, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server, "/api/v1/" + path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var answer = await Http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode
            ? JsonDocument.Parse(text).RootElement
            : throw new HttpRequestException($"{path} was answered {(int)answer.StatusCode}: {text}");
    }

    private static async Task<long> Mark(Func<DbConnection> database, string conversation, string reader) =>
        await One(database, "select up_to from read_marks where conversation_id = @a and reader = @b", conversation, reader);

    private static Task<long> Position(Func<DbConnection> database) => One(database, "select max(position) from journal");

    private static async Task<long> One(Func<DbConnection> database, string sql, params string[] arguments)
    {
        await using var connection = database();
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Our own texts.
        command.CommandText = sql;
#pragma warning restore CA2100
        for (var i = 0; i < arguments.Length; i++)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (((char)('a' + i)).ToString(), arguments[i]);
            command.Parameters.Add(parameter);
        }
        return await command.ExecuteScalarAsync() is long found ? found : 0;
    }
}
