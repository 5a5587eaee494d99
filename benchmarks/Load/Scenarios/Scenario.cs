using CustomerService.Load.Schedules;

namespace CustomerService.Load.Scenarios;

/// <summary>What one arrival is.</summary>
public enum Work
{
    /// <summary>A message in one of the conversations that are open from the beginning.</summary>
    Message,

    /// <summary>A new visitor, who comes, asks, is served along a written dialogue and goes.</summary>
    Visit,

    /// <summary>A visitor of the beginning who comes back on a new connection and resumes.</summary>
    Return,

    /// <summary>Nothing: connections are held open.</summary>
    None,
}

/// <summary>One run. Every member may be given in a scenario file under its name in camel case.</summary>
public sealed record Scenario
{
    /// <summary>Name of a built-in scenario from which a file begins.</summary>
    public string? Base { get; init; }
    public string Name { get; init; } = "custom";
    public string Description { get; init; } = "";
    public Work Work { get; init; } = Work.Message;

    /// <summary>Visitors connected, each with an open conversation, before the first arrival. 0 to 100,000.</summary>
    public int Visitors { get; init; }

    /// <summary>Whether those visitors begin a conversation, or are only connected.</summary>
    public bool Conversations { get; init; } = true;

    /// <summary>Agents online. 0 to 10,000.</summary>
    public int Agents { get; init; }

    /// <summary>Conversations an agent may hold at once. 1 to 200.</summary>
    public int Capacity { get; init; } = 5;

    /// <summary>Supervisors who follow every conversation of the beginning (200 at most). 0 to 1,000.</summary>
    public int Watchers { get; init; }

    public ScheduleConfig Schedule { get; init; } = new();

    /// <summary>Length after the warm-up. Seconds, 1 to 604,800.</summary>
    public double Seconds { get; init; } = 60;

    /// <summary>Arrivals before this time are played and not counted. Seconds, 0 to 3,600.</summary>
    public double WarmupSeconds { get; init; } = 10;

    /// <summary>Share of the messages that agents send. 0 to 1.</summary>
    public double AgentShare { get; init; }

    /// <summary>UTF-16 units of each text; 0: the dialogues' own. 0 to 4,000.</summary>
    public int TextLength { get; init; } = 120;

    /// <summary>Share of messages announced by a typing signal. 0 to 1.</summary>
    public double Typing { get; init; }

    /// <summary>Factor on the dialogues' think times (visits). 0 to 10.</summary>
    public double ThinkScale { get; init; } = 0.05;

    /// <summary>Most turns of a visit after the first. 0 to 200.</summary>
    public int TurnsMax { get; init; } = 200;

    /// <summary>Messages posted to each conversation before the run. 0 to 1,000,000.</summary>
    public int Prefill { get; init; }

    /// <summary>Visitors are cut off this long before the first arrival (returns): long enough and everything is cold.
    /// Seconds, 0 to 86,400.</summary>
    public double AwaySeconds { get; init; }

    /// <summary>A returning visitor sends a message right after it resumed.</summary>
    public bool MessageOnReturn { get; init; }

    /// <summary>A random visitor's connection is cut this often while the load runs; 0: never. Seconds.</summary>
    public double DropEverySeconds { get; init; }

    /// <summary>Fixes arrivals, senders and texts.</summary>
    public int Seed { get; init; } = 1;
}

/// <summary>The built-in scenarios.</summary>
public static class ScenarioCatalogue
{
    public static IReadOnlyList<Scenario> All { get; } =
    [
        new()
        {
            Name = "smoke", Description = "20 visitors, 4 agents, 5 s: does it work at all?",
            Visitors = 20, Agents = 4, AgentShare = 0.3, Typing = 0.1, Seconds = 5, WarmupSeconds = 1,
            Schedule = new() { Rate = 40 },
        },
        new()
        {
            Name = "steady-chat", Description = "1,000 visitors, 200 agents with five conversations each, "
                + "120-character messages in Chinese and English.",
            Visitors = 1000, Agents = 200, Capacity = 5, Schedule = new() { Rate = 1000 },
        },
        new()
        {
            Name = "arrival-storm", Description = "Visitors pour in faster than they are served: a long queue.",
            Work = Work.Visit, Agents = 50, Capacity = 5, TurnsMax = 2, ThinkScale = 0.02, Seconds = 60, WarmupSeconds = 0,
            Schedule = new() { Shape = ScheduleShape.Spike, Rate = 20, ToRate = 300, SpikeAt = 10, SpikeSeconds = 10 },
        },
        new()
        {
            Name = "reconnect-storm", Description = "All visitors lose their connections and come back within seconds.",
            Work = Work.Return, Visitors = 1000, Agents = 200, AwaySeconds = 1, Seconds = 10, WarmupSeconds = 0,
            Schedule = new() { Shape = ScheduleShape.Constant, Rate = 100 },
        },
        new()
        {
            Name = "idle-crowd", Description = "5,000 visitors connected who say nothing: memory per connection.",
            Work = Work.None, Visitors = 5000, Conversations = false, Seconds = 60, WarmupSeconds = 0,
            Schedule = new() { Rate = 0 },
        },
        new()
        {
            Name = "hot-conversation", Description = "One conversation everybody watches, both sides writing.",
            Visitors = 1, Agents = 1, Watchers = 50, AgentShare = 0.5, Typing = 0.1,
            Schedule = new() { Shape = ScheduleShape.Constant, Rate = 100 },
        },
        new()
        {
            Name = "long-conversation", Description = "Conversations of 10,000 messages that go on.",
            Visitors = 5, Agents = 1, AgentShare = 0.3, Prefill = 10_000, Schedule = new() { Rate = 100 },
        },
        new()
        {
            Name = "cold-activations", Description = "Visitors away for 15 minutes come back and write.",
            Work = Work.Return, Visitors = 1000, Agents = 200, AwaySeconds = 900, MessageOnReturn = true, WarmupSeconds = 0,
            Seconds = 20, Schedule = new() { Shape = ScheduleShape.Constant, Rate = 50 },
        },
        new()
        {
            Name = "mixed-day", Description = "A day's curve of visits along the dialogues, in ten minutes.",
            Work = Work.Visit, Agents = 200, TextLength = 0, Typing = 0.5, Seconds = 600, WarmupSeconds = 0,
            ThinkScale = 0.02, Schedule = new() { Shape = ScheduleShape.Day, Rate = 20, Curve = DayCurve.Default },
        },
        new()
        {
            Name = "soak", Description = "Visits for an hour while connections are cut at random.",
            Work = Work.Visit, Visitors = 200, Agents = 200, TextLength = 0, Typing = 0.3, Seconds = 3600,
            DropEverySeconds = 1, Schedule = new() { Rate = 10 },
        },
    ];

    public static Scenario? Find(string name) => All.FirstOrDefault(s => s.Name == name);
}
