using System.Collections.Concurrent;
using System.Threading.RateLimiting;

namespace CustomerService.WebFront.RateLimits;

/// <summary>Token buckets and counts of open connections by key: bounded in number, forgotten when idle.</summary>
internal sealed class Quotas(
    double perSecond, int burst, int openMax, int entriesMax, TimeSpan idle, TimeProvider clock) : IDisposable
{
    private readonly ConcurrentDictionary<string, Quota> _quotas = new(StringComparer.Ordinal);
    private Quota? _overflow;

    /// <summary>Entries now.</summary>
    public int Count => _quotas.Count;

    /// <summary>A bucket of its own, for a connection.</summary>
    public static TokenBucketRateLimiter Bucket(double perSecond, int burst)
    {
        // Filled on demand, so no timer per bucket. Whole tokens each period: slow rates get longer periods.
        var period = Math.Max(0.05, 1 / perSecond);
        return new TokenBucketRateLimiter(new TokenBucketRateLimiterOptions
        {
            AutoReplenishment = false,
            TokenLimit = burst,
            QueueLimit = 0,
            ReplenishmentPeriod = TimeSpan.FromSeconds(period),
            TokensPerPeriod = Math.Max(1, (int)Math.Round(perSecond * period)),
        });
    }

    /// <summary>Takes one token.</summary>
    /// <returns>Null where there was one; otherwise when to try again.</returns>
    public static TimeSpan? Take(TokenBucketRateLimiter bucket)
    {
        bucket.TryReplenish();
        using var lease = bucket.AttemptAcquire();
        if (lease.IsAcquired)
            return null;
        return lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : bucket.ReplenishmentPeriod;
    }

    /// <summary>Takes one token of a key's bucket.</summary>
    public TimeSpan? Take(string key)
    {
        while (true)
        {
            var quota = Of(key);
            lock (quota)
            {
                if (quota.IsGone)
                    continue;
                quota.UsedAt = clock.GetTimestamp();
                return Take(quota.Bucket);
            }
        }
    }

    /// <summary>Counts one more open connection; null where the key has all it may. Disposing the answer counts one
    /// less.</summary>
    public IDisposable? TryOpen(string key)
    {
        while (true)
        {
            var quota = Of(key);
            lock (quota)
            {
                if (quota.IsGone)
                    continue;
                if (quota.Open >= openMax)
                    return null;
                quota.Open++;
                return new Slot(quota, clock);
            }
        }
    }

    /// <summary>Forgets what is idle.</summary>
    public void Evict()
    {
        foreach (var (key, quota) in _quotas)
        {
            lock (quota)
            {
                if (quota.Open > 0 || clock.GetElapsedTime(quota.UsedAt) < idle)
                    continue;
                quota.IsGone = true;
                _quotas.TryRemove(new(key, quota));
                quota.Bucket.Dispose();
            }
        }
    }

    public void Dispose()
    {
        foreach (var (_, quota) in _quotas)
            quota.Bucket.Dispose();
        _overflow?.Bucket.Dispose();
    }

    private Quota Of(string key)
    {
        if (_quotas.TryGetValue(key, out var quota))
            return quota;
        if (_quotas.Count < entriesMax)
            return _quotas.GetOrAdd(key, _ => Make());
        // Somebody has very many addresses; whoever is new shares one count until there is room.
        return _overflow ?? Interlocked.CompareExchange(ref _overflow, Make(), null) ?? _overflow;
    }

    private Quota Make() => new() { Bucket = Bucket(perSecond, burst), UsedAt = clock.GetTimestamp() };

    private sealed class Quota
    {
        public required TokenBucketRateLimiter Bucket { get; init; }
        public long UsedAt { get; set; }
        public int Open { get; set; }
        public bool IsGone { get; set; }
    }

    private sealed class Slot(Quota quota, TimeProvider clock) : IDisposable
    {
        private int _closed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _closed, 1) != 0)
                return;
            lock (quota)
            {
                quota.Open--;
                quota.UsedAt = clock.GetTimestamp();
            }
        }
    }
}
