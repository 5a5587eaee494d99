namespace CustomerService.Storage.Effects;

/// <summary>
/// Something that a committed event owes to another grain. Delivered at least once and possibly out of order: receivers
/// are idempotent, by the version of the stream that owes it.
/// </summary>
/// <param name="Id">Its key, derived from what owes it: <c>stream#version#n</c>, 200 characters at most.</param>
/// <param name="Kind">What to do, a stored name such as <c>agent.release.v1</c>; never renamed.</param>
/// <param name="Target">Key of the grain it is for.</param>
/// <param name="Payload">UTF-8 JSON, 8 KiB at most.</param>
/// <param name="DueAt">When the sweep may deliver it. The grain that owes it tries at once after its commit, so this
/// lies a few seconds ahead.</param>
public sealed record OwedEffect(
    string Id, string Kind, string Target, ReadOnlyMemory<byte> Payload, DateTimeOffset DueAt)
{
    /// <summary>How often the sweep has handed it out.</summary>
    public int Attempts { get; init; }

    /// <summary>What the payload was made of, at hand in the process that owes it: delivered at once, it need not be read
    /// from the payload. Immutable; null where the sweep took the effect from its row.</summary>
    public object? Content { get; init; }
}

/// <summary>The rows of owed effects that are not yet acknowledged.</summary>
public interface IOutbox
{
    /// <summary>
    /// Forgets effects that were acknowledged by their receiver. Returns at once; removal is written within a second,
    /// coalesced. Lost in a crash, it only makes the sweep deliver them once more.
    /// </summary>
    void Complete(IReadOnlyList<OwedEffect> effects);

    /// <summary>
    /// Takes up to <paramref name="limit"/> effects due at <paramref name="now"/>, oldest first, and puts each off by a
    /// delay that doubles with its attempts (5 s to 5 min), durably, before returning.
    /// </summary>
    Task<IReadOnlyList<OwedEffect>> TakeDue(
        DateTimeOffset now, int limit, CancellationToken cancellationToken = default);

    /// <summary>How many effects are owed in all: a health figure.</summary>
    Task<long> Count(CancellationToken cancellationToken = default);
}
