using System.Text.Json.Serialization;

namespace CustomerService.Grains.Streams;

/// <summary>A fact: past tense, never edited. A concrete event carries <c>[Alias]</c>, its stored name, so that the type
/// may be renamed; what a member means never changes, and members are only added, with a default.</summary>
public abstract record DomainEvent
{
    /// <summary>When it was decided, UTC. Stored in a column of its own, so not in the JSON.</summary>
    [JsonIgnore]
    public DateTimeOffset At { get; init; }
}

/// <summary>A state that is nothing but the fold of its stream.</summary>
public interface IFold<TSelf, in TEvent>
    where TSelf : IFold<TSelf, TEvent>
{
    /// <summary>The state before the first event.</summary>
    static abstract TSelf Start { get; }

    /// <summary>Raised whenever the fold or the state's shape changes, so that older snapshots are folded anew.</summary>
    static abstract int SnapshotSchema { get; }

    /// <summary>Count of events folded in: the version the next append expects.</summary>
    long Version { get; }

    /// <summary>The state after one more event. Throws on an unknown one: skipping it would make every later decision
    /// wrong.</summary>
    TSelf Apply(TEvent fact);
}
