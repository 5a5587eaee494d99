using System.Collections.Concurrent;
using CustomerService.Storage.Journal;
using CustomerService.Support;
using Xunit;

namespace CustomerService.Storage.Tests;

/// <summary>Owners of streams that append as grains do: after a refusal they keep their state, after a conflict or an
/// unknown outcome they read it anew and look their id up.</summary>
internal sealed class Load(StorageCore storage, int streams) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string[] _streams = [.. Enumerable.Range(0, streams).Select(_ => Given.Stream())];
    private readonly Dictionary<string, long>[] _acknowledged =
        [.. Enumerable.Range(0, streams).Select(_ => new Dictionary<string, long>())];
    private Task[] _owners = [];
    private readonly ConcurrentDictionary<string, int> _refusals = new();
    private volatile bool _stopping;
    private long _count;

    public void Start() => _owners = [.. _streams.Select((s, n) => Task.Run(() => Own(s, _acknowledged[n])))];

    /// <summary>Waits for so many more.</summary>
    public Task Acknowledges(int more)
    {
        var until = Interlocked.Read(ref _count) + more;
        return Await.Until(
            $"{more} more appends are acknowledged", () => Interlocked.Read(ref _count) >= until, Patience,
            () => $"{Interlocked.Read(ref _count)} of {until}; refusals: {string.Join(", ", _refusals)}; owners that "
                + $"failed: {string.Join('\n', _owners.Where(o => o.IsFaulted).Take(3).Select(o => o.Exception))}");
    }

    public async Task Stop()
    {
        _stopping = true;
        await Task.WhenAll(_owners).WaitAsync(Patience);
    }

    /// <summary>Ends the owners where the test did not get as far as stopping them.</summary>
    public async ValueTask DisposeAsync()
    {
        _stopping = true;
        await Task.WhenAll(_owners).ContinueWith(static _ => { }, TaskScheduler.Default);
    }

    /// <summary>Everything acknowledged is there, at its version, once; versions have no gap.</summary>
    public async Task Check()
    {
        for (var n = 0; n < _streams.Length; n++)
        {
            var stored = new List<StoredEvent>();
            while (await storage.Journal.Read(_streams[n], stored.Count, 1_000) is { Count: > 0 } page)
                stored.AddRange(page);
            Assert.Equal(Enumerable.Range(1, stored.Count).Select(v => (long)v), stored.Select(e => e.Version));
            Assert.Equal(
                _acknowledged[n].OrderBy(a => a.Value).Select(a => (a.Key, a.Value)),
                stored.Select(e => (e.ClientId!, e.Version)));
        }
    }

    private void Count(Exception refusal) => _refusals.AddOrUpdate(refusal.GetType().Name, 1, static (_, n) => n + 1);

    private async Task Own(string stream, Dictionary<string, long> acknowledged)
    {
        var version = 0L;
        while (!_stopping)
        {
            var id = Given.Id();
            // A send is resent under its id until it is answered.
            while (!acknowledged.ContainsKey(id) && !_stopping)
            {
                try
                {
                    await storage.Journal.Append(Given.Append(stream, version, Given.Event(client: id)));
                    Acknowledge(id, ++version);
                }
                catch (Exception refused) when (refused is JournalUnavailableException or JournalOverloadedException)
                {
                    // Nothing was stored: the state is right.
                    Count(refused);
                }
                catch (Exception lost) when (lost is StreamConflictException or AppendOutcomeUnknownException
                    or DuplicateClientIdException)
                {
                    Count(lost);
                    await Reload(id);
                }
            }
        }

        async Task Reload(string id)
        {
            try
            {
                version = (await storage.Journal.Heads([stream]))[0].Version;
                if (await storage.Journal.FindByClientId(stream, "visitor:v1", id) is { } found)
                    Acknowledge(id, found.Version);
            }
            catch (JournalUnavailableException)
            {
                // Asked again after the next append fails.
            }
        }

        void Acknowledge(string id, long at)
        {
            acknowledged.Add(id, at);
            Interlocked.Increment(ref _count);
        }
    }
}
