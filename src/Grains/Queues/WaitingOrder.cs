namespace CustomerService.Grains.Queues;

/// <summary>A place in the waiting order: higher priority first, then who waits longer, then id.</summary>
public readonly record struct WaitingKey(int Priority, DateTimeOffset EnqueuedAt, string Id) : IComparable<WaitingKey>
{
    /// <inheritdoc/>
    public int CompareTo(WaitingKey other)
    {
        var byPriority = other.Priority.CompareTo(Priority);
        if (byPriority != 0)
            return byPriority;
        var byTime = EnqueuedAt.CompareTo(other.EnqueuedAt);
        return byTime != 0 ? byTime : string.CompareOrdinal(Id, other.Id);
    }

    public static bool operator <(WaitingKey left, WaitingKey right) => left.CompareTo(right) < 0;

    public static bool operator >(WaitingKey left, WaitingKey right) => left.CompareTo(right) > 0;

    public static bool operator <=(WaitingKey left, WaitingKey right) => left.CompareTo(right) <= 0;

    public static bool operator >=(WaitingKey left, WaitingKey right) => left.CompareTo(right) >= 0;
}

/// <summary>
/// The waiting order with places: insert, remove, place of a key and key of a place each take logarithmic time. A treap
/// whose balance comes from a hash of the id, so that the same conversations always make the same tree.
/// </summary>
public sealed class WaitingOrder
{
    private Node? _root;

    /// <summary>How many wait.</summary>
    public int Count => Size(_root);

    /// <summary>The first in order; null where nobody waits.</summary>
    public WaitingKey? First => Count > 0 ? At(0) : null;

    /// <summary>Adds a key; false where it is there.</summary>
    public bool Add(WaitingKey key)
    {
        if (Rank(key) is not null)
            return false;
        Split(_root, key, out var before, out var after);
        _root = Merge(Merge(before, new Node(key, Weight(key.Id))), after);
        return true;
    }

    /// <summary>Removes a key; false where it is not there.</summary>
    public bool Remove(WaitingKey key)
    {
        if (Rank(key) is null)
            return false;
        _root = Without(_root!, key);
        return true;
    }

    /// <summary>Place of a key, from 0; null where it is not there.</summary>
    public int? Rank(WaitingKey key)
    {
        var rank = 0;
        for (var node = _root; node is not null;)
        {
            var order = key.CompareTo(node.Key);
            if (order == 0)
                return rank + Size(node.Before);
            if (order < 0)
            {
                node = node.Before;
            }
            else
            {
                rank += Size(node.Before) + 1;
                node = node.After;
            }
        }
        return null;
    }

    /// <summary>Key of a place, from 0.</summary>
    public WaitingKey At(int place)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(place);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(place, Count);
        for (var node = _root!; ;)
        {
            var before = Size(node.Before);
            if (place == before)
                return node.Key;
            if (place < before)
            {
                node = node.Before!;
            }
            else
            {
                place -= before + 1;
                node = node.After!;
            }
        }
    }

    private static int Size(Node? node) => node?.Size ?? 0;

    /// <summary>FNV-1a, finished so that ids that differ in their last character only are spread too.</summary>
    private static uint Weight(string id)
    {
        var hash = 2_166_136_261u;
        foreach (var character in id)
            hash = (hash ^ character) * 16_777_619u;
        hash ^= hash >> 16;
        hash *= 0x7feb352du;
        hash ^= hash >> 15;
        hash *= 0x846ca68bu;
        return hash ^ (hash >> 16);
    }

    private static void Split(Node? node, WaitingKey key, out Node? before, out Node? after)
    {
        if (node is null)
        {
            before = after = null;
        }
        else if (node.Key.CompareTo(key) < 0)
        {
            Split(node.After, key, out var middle, out after);
            node.After = middle;
            before = node.Sized();
        }
        else
        {
            Split(node.Before, key, out before, out var middle);
            node.Before = middle;
            after = node.Sized();
        }
    }

    private static Node? Merge(Node? before, Node? after)
    {
        if (before is null || after is null)
            return before ?? after;
        if (before.Weight >= after.Weight)
        {
            before.After = Merge(before.After, after);
            return before.Sized();
        }
        after.Before = Merge(before, after.Before);
        return after.Sized();
    }

    private static Node? Without(Node node, WaitingKey key)
    {
        var order = key.CompareTo(node.Key);
        if (order == 0)
            return Merge(node.Before, node.After);
        if (order < 0)
            node.Before = Without(node.Before!, key);
        else
            node.After = Without(node.After!, key);
        return node.Sized();
    }

    private sealed class Node(WaitingKey key, uint weight)
    {
        public WaitingKey Key { get; } = key;

        public uint Weight { get; } = weight;

        public Node? Before { get; set; }

        public Node? After { get; set; }

        public int Size { get; private set; } = 1;

        public Node Sized()
        {
            Size = WaitingOrder.Size(Before) + WaitingOrder.Size(After) + 1;
            return this;
        }
    }
}
