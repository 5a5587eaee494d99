using System.Text;
using CustomerService.Checker.History;

namespace CustomerService.Checker.Tests;

/// <summary>Builds histories line by line. <see cref="Good"/> is a run in which all is well and every invariant that the
/// product has can be seen; tests change one thing of it.</summary>
internal sealed class Story
{
    private readonly List<HistoryLine> _lines = [];
    private readonly HistoryRecorder _recorder;
    private long _now;
    private long _position;

    public Story()
    {
        _recorder = new HistoryRecorder("story", () => _now, _lines.Add);
        _recorder.Begin("test", 1);
    }

    public List<HistoryLine> Lines => _lines;

    public Story At(long t)
    {
        _now = t;
        return this;
    }

    public Story Add(HistoryLine line)
    {
        _recorder.Add(line);
        return this;
    }

    public Story Client(string name, string actor, string audience, string[]? queues = null) => Add(new HistoryLine
    {
        Kind = LineKinds.Client, Client = name, Actor = actor, Audience = audience, Queues = queues,
    });

    public Story Send(string client, string op, string conversation, string id, string content) => Add(new HistoryLine
    {
        Kind = LineKinds.Invoke, Client = client, Op = op, Do = "send", Conversation = conversation, Id = id, Content = content,
    });

    public Story Ok(string client, string op, long sequence) => Add(new HistoryLine
    {
        Kind = LineKinds.Ok, Client = client, Op = op, Sequence = sequence,
    });

    public Story Join(string client, string conversation, long from) => Add(new HistoryLine
    {
        Kind = LineKinds.Join, Client = client, Conversation = conversation, From = from,
    });

    public Story Apply(string client, string conversation, long sequence, string fact, string content) => Add(new HistoryLine
    {
        Kind = LineKinds.Apply, Client = client, Conversation = conversation, Sequence = sequence, Fact = fact, Content = content,
    });

    public Story Stored(string conversation, long version, long? sequence, string fact, string content, long at, HistoryLine? with = null) =>
        Add((with ?? new HistoryLine()) with
        {
            Kind = LineKinds.Stored, Conversation = conversation, Version = version, Sequence = sequence, Fact = fact,
            Content = content, At = at, Position = with?.Position ?? ++_position,
        });

    public Story AgentStored(string agent, long version, string fact, long at, string? reservation = null, string? conversation = null,
        long? position = null) =>
        Add(new HistoryLine
        {
            Kind = LineKinds.AgentStored, Agent = agent, Version = version, Fact = fact, At = at, Reservation = reservation,
            Conversation = conversation, Position = position ?? ++_position,
        });

    public Story Mark(string what) => Add(new HistoryLine { Kind = LineKinds.Mark, What = what });

    public List<HistoryLine> End()
    {
        _recorder.End();
        return _lines;
    }

    /// <summary>A visitor writes, an agent answers, notes, closes; all is read again by a fresh client and dumped.</summary>
    public static List<HistoryLine> Good()
    {
        var story = new Story();
        story.Client("v1", "visitor:anna", "visitors");
        story.Client("a1", "agent:bo", "agents", ["sales"]);
        story.Add(new HistoryLine { Kind = LineKinds.Capacity, Agent = "bo", Capacity = 1 });
        story.Add(new HistoryLine { Kind = LineKinds.Available, Agent = "bo", Queues = ["sales"] });
        story.At(100).Send("v1", "1", "c", "m1", "hello").Ok("v1", "1", 2);
        story.Join("v1", "c", 0);
        story.Apply("v1", "c", 1, "queued", "sales").Apply("v1", "c", 2, "message", "hello").Apply("v1", "c", 3, "assigned", "bo");
        story.At(200).Add(new HistoryLine
        {
            Kind = LineKinds.Invoke, Client = "a1", Op = "2", Do = "resume", Conversation = "c", After = 0,
        });
        story.Add(new HistoryLine
        {
            Kind = LineKinds.Ok, Client = "a1", Op = "2", Recovered = true, Head = 4, Count = 4, First = 1, Last = 4,
        });
        story.Join("a1", "c", 0).Apply("a1", "c", 1, "started", "").Apply("a1", "c", 2, "queued", "sales")
            .Apply("a1", "c", 3, "message", "hello").Apply("a1", "c", 4, "assigned", "bo");
        story.At(300).Send("a1", "3", "c", "n1", "vip").Ok("a1", "3", 5).Apply("a1", "c", 5, "note", "vip");
        story.Send("a1", "4", "c", "m2", "hi").Ok("a1", "4", 6).Apply("a1", "c", 6, "message", "hi");
        story.Apply("v1", "c", 4, "message", "hi");
        story.At(400).Add(new HistoryLine { Kind = LineKinds.Invoke, Client = "a1", Op = "5", Do = "close", Conversation = "c" });
        story.Add(new HistoryLine { Kind = LineKinds.Ok, Client = "a1", Op = "5" });
        story.Apply("a1", "c", 7, "closed", "agent").Apply("v1", "c", 5, "closed", "agent");
        story.At(1_000).Mark("healed");
        story.At(500_000).Mark("drained");
        story.Stored("c", 1, null, "started", "", 90, new HistoryLine { Author = "visitor:anna", Queue = "sales", Enqueued = 90, Position = 1 });
        story.Stored("c", 2, 1, "queued", "sales", 90, new HistoryLine { Queue = "sales", Enqueued = 90, Position = 2 });
        story.Stored("c", 3, 2, "message", "hello", 100, new HistoryLine { Author = "visitor:anna", Id = "m1", Position = 3 });
        story.Stored("c", 4, 3, "assigned", "bo", 150, new HistoryLine { Agent = "bo", Reservation = "r1", Position = 5 });
        story.Stored("c", 5, null, "note", "vip", 300, new HistoryLine { Author = "agent:bo", Id = "n1", Position = 7 });
        story.Stored("c", 6, 4, "message", "hi", 300, new HistoryLine { Author = "agent:bo", Id = "m2", Position = 8 });
        story.Stored("c", 7, 5, "closed", "agent", 400, new HistoryLine { Position = 9 });
        story.AgentStored("bo", 1, "status", 10, position: 0);
        story.AgentStored("bo", 2, "reserved", 140, "r1", "c", position: 4);
        story.AgentStored("bo", 3, "confirmed", 160, "r1", "c", position: 6);
        story.AgentStored("bo", 4, "released", 410, "r1", "c", position: 10);
        story.Add(new HistoryLine { Kind = LineKinds.Row, Conversation = "c", Version = 7, State = "closed", Queue = "sales" });
        story.Add(new HistoryLine { Kind = LineKinds.Load, Agent = "bo", Load = 0 });
        story.Add(new HistoryLine { Kind = LineKinds.QueueLength, Queue = "sales", Waiting = 0 });
        story.Add(new HistoryLine
        {
            Kind = LineKinds.Unread, Conversation = "c", Reader = "agent:bo", Audience = "agents", Head = 7, UpTo = 6, Unread = 1,
        });
        story.Add(new HistoryLine
        {
            Kind = LineKinds.Fold, Stream = "conversation/c", Version = 3, Schema = 1, Whole = "abc", Tail = "abc",
        });
        return story.End();
    }

    /// <summary>The same lines numbered anew after lines were taken out, put in or changed.</summary>
    public static List<HistoryLine> Renumbered(IEnumerable<HistoryLine> lines)
    {
        var list = lines.Where(line => line.Kind != LineKinds.End).ToList();
        list.Add(new HistoryLine { Kind = LineKinds.End, T = list[^1].T, Lines = list.Count + 1 });
        long t = 0;
        return [.. list.Select((line, index) => line with { N = index + 1, Run = "story", T = t = Math.Max(t, line.T) })];
    }

    public static string Text(IEnumerable<HistoryLine> lines)
    {
        using var stream = new MemoryStream();
        using (var writer = new HistoryWriter(stream))
        {
            foreach (var line in lines)
                writer.Write(line);
        }
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
