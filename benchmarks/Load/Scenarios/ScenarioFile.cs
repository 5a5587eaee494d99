using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using CustomerService.Load.Schedules;

namespace CustomerService.Load.Scenarios;

/// <summary>A scenario file that can't be used: the file, the line and the reason.</summary>
public sealed class ScenarioException(string file, long line, string reason) : Exception($"{file}, line {line}: {reason}");

/// <summary>Reads scenario files, strictly: a misspelt member would be a setting that silently does nothing.</summary>
public static class ScenarioFile
{
    /// <summary>For scenarios and results.</summary>
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerOptions.Strict)
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        RespectRequiredConstructorParameters = false,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    /// <exception cref="ScenarioException">With the line and the reason.</exception>
    public static Scenario Read(string path) => Parse(path, File.ReadAllBytes(path));

    /// <inheritdoc cref="Read"/>
    public static Scenario Parse(string file, byte[] json)
    {
        try
        {
            var alone = JsonSerializer.Deserialize<Scenario>(json, Json)
                ?? throw new ScenarioException(file, 1, "null is no scenario.");
            var scenario = alone;
            if (alone.Base is { } name)
            {
                var from = ScenarioCatalogue.Find(name) ?? throw new ScenarioException(file, LineOf(json, "base"),
                    $"base: no built-in scenario '{name}'; there are {string.Join(", ", ScenarioCatalogue.All.Select(s => s.Name))}.");
                var merged = JsonSerializer.SerializeToNode(from, Json)!.AsObject();
                Merge(merged, JsonNode.Parse(json, null, new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true })!.AsObject());
                scenario = merged.Deserialize<Scenario>(Json)!;
            }
            return Fault(scenario) is var (member, reason)
                ? throw new ScenarioException(file, LineOf(json, member), $"{member}: {reason}")
                : scenario;
        }
        catch (JsonException broken)
        {
            var reason = broken.Message.Split(" Path: ")[0];
            throw new ScenarioException(file, (broken.LineNumber ?? 0) + 1,
                broken.Path is { Length: > 2 } path && path.StartsWith("$.", StringComparison.Ordinal) ? $"{path[2..]}: {reason}" : reason);
        }
    }

    /// <summary>What is out of range: the member and the reason.</summary>
    public static (string Member, string Reason)? Fault(Scenario s)
    {
        var schedule = s.Schedule;
        return Range("visitors", s.Visitors, 0, 100_000)
            ?? Range("agents", s.Agents, 0, 10_000)
            ?? Range("capacity", s.Capacity, 1, 200)
            ?? Range("watchers", s.Watchers, 0, 1_000)
            ?? Range("seconds", s.Seconds, 1, 604_800)
            ?? Range("warmupSeconds", s.WarmupSeconds, 0, 3_600)
            ?? Range("agentShare", s.AgentShare, 0, 1)
            ?? Range("textLength", s.TextLength, 0, 4_000)
            ?? Range("typing", s.Typing, 0, 1)
            ?? Range("thinkScale", s.ThinkScale, 0, 10)
            ?? Range("turnsMax", s.TurnsMax, 0, 200)
            ?? Range("prefill", s.Prefill, 0, 1_000_000)
            ?? Range("awaySeconds", s.AwaySeconds, 0, 86_400)
            ?? Range("dropEverySeconds", s.DropEverySeconds, 0, 86_400)
            ?? Range("rate", schedule.Rate, 0, 1_000_000)
            ?? Range("toRate", schedule.ToRate, 0, 1_000_000)
            ?? Range("spikeAt", schedule.SpikeAt, 0, 604_800)
            ?? Range("spikeSeconds", schedule.SpikeSeconds, 0, 604_800)
            ?? (s.TextLength is > 0 and < 16 ? Say("textLength", "at least 16, since each text carries its number; or 0.") : null)
            ?? (s.Work is Work.Message or Work.Return && s.Visitors == 0
                ? Say("visitors", "this work needs at least one visitor.") : null)
            ?? (s.Work is Work.Message or Work.Return && !s.Conversations
                ? Say("conversations", "this work needs conversations.") : null)
            ?? (s.Work is Work.Message && (long)s.Agents * s.Capacity < s.Visitors
                ? Say("agents", $"{s.Agents} agents with {s.Capacity} places each can't hold {s.Visitors} conversations.") : null)
            ?? (s.Work is Work.Visit && s.Agents == 0 ? Say("agents", "visits need agents.") : null)
            ?? (schedule.Shape == ScheduleShape.Day && schedule.Curve.Count == 0
                ? Say("curve", "a day needs its curve: give --curve FILE or the rates.") : null);
    }

    private static (string, string)? Say(string member, string reason) => (member, reason);

    private static (string, string)? Range(string member, double value, double min, double max) =>
        value >= min && value <= max ? null : (member, FormattableString.Invariant($"{value} is not within {min} to {max}."));

    private static void Merge(JsonObject into, JsonObject from)
    {
        foreach (var (name, value) in from)
        {
            if (value is JsonObject inner && into[name] is JsonObject outer)
                Merge(outer, inner);
            else
                into[name] = value?.DeepClone();
        }
    }

    private static long LineOf(byte[] json, string member)
    {
        var reader = new Utf8JsonReader(json, new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        var name = Encoding.UTF8.GetBytes(member);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals(name))
                return json.AsSpan(0, (int)reader.TokenStartIndex).Count((byte)'\n') + 1;
        }
        return 1;
    }
}
