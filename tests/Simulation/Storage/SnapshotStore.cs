using CustomerService.Simulation.Actors;
using Orleans.Storage;

namespace CustomerService.Simulation.Storage;

/// <summary>The grain storage of snapshots: a cache that may be old, missing or unwilling.</summary>
internal sealed class SnapshotStore
{
    /// <summary>By state name and key; values are immutable, so they may be shared.</summary>
    public SortedDictionary<string, (object Value, int Etag)> Rows { get; } = new(StringComparer.Ordinal);

    /// <summary>Where planted bugs change what is read.</summary>
    public Func<object, object>? Alter { get; set; }
}

/// <inheritdoc cref="SnapshotStore"/>
internal sealed class SimSnapshot<T> : IPersistentState<T>
    where T : class, new()
{
    private readonly SimStore _store;
    private readonly string _row;
    private int _etag;

    public SimSnapshot(SimStore store, string name, Activation activation)
    {
        (_store, _row) = (store, name + "/" + activation.Key);
        activation.Snapshots.Add(ReadStateAsync);
    }

    public T State { get; set; } = new();
    public string Etag => _etag.ToString(System.Globalization.CultureInfo.InvariantCulture);
    public bool RecordExists { get; private set; }

    public async Task ReadStateAsync()
    {
        await Reach();
        if (!_store.Snapshots.Rows.TryGetValue(_row, out var row))
            return;
        State = (T)(_store.Snapshots.Alter?.Invoke(row.Value) ?? row.Value);
        (_etag, RecordExists) = (row.Etag, true);
    }

    public async Task WriteStateAsync()
    {
        await Reach();
        var known = _store.Snapshots.Rows.TryGetValue(_row, out var row) ? row.Etag : 0;
        if (known != _etag)
            throw new InconsistentStateException("Another activation wrote it.");
        _store.Snapshots.Rows[_row] = (State, ++_etag);
        RecordExists = true;
    }

    public Task ClearStateAsync() => throw new NotSupportedException("Snapshots are only overwritten.");
    public Task ReadStateAsync(CancellationToken cancellationToken) => ReadStateAsync();
    public Task WriteStateAsync(CancellationToken cancellationToken) => WriteStateAsync();
    public Task ClearStateAsync(CancellationToken cancellationToken) => ClearStateAsync();

    private async Task Reach()
    {
        var world = _store.World;
        if (world.Chance.Chance(0.3))
            await world.Delay(world.Chance.Milliseconds(0.1, 3));
        if (world.Chance.Chance(_store.Faults.FailSnapshot))
            throw new IOException("The snapshots' store is out of reach.");
    }
}
