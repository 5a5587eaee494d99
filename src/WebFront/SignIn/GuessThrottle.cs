using Microsoft.Extensions.Options;

namespace CustomerService.WebFront.SignIn;

/// <summary>
/// Slows the guessing of passwords. Failures count per (account, address) and per address, never per account alone: who
/// guesses from elsewhere can't keep the owner out. After the free ones, waits double from one second. Bounded memory;
/// safe for calls from many threads.
/// </summary>
public sealed class GuessThrottle(IOptions<SignInOptions> options, TimeProvider clock)
{
    /// <summary>Entries held at most. When full, the ones that end their waiting first make room.</summary>
    public const int EntriesMax = 20_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Failures> _entries = new(StringComparer.Ordinal);

    /// <summary>
    /// Asks for an attempt. Null: go on; it already counts as a failure, so that a thousand attempts at once are no way
    /// around. Otherwise how long to wait, and nothing is counted.
    /// </summary>
    public TimeSpan? TryBegin(string email, string address)
    {
        var now = clock.GetUtcNow();
        lock (_lock)
        {
            var pair = Entry(Pair(email, address), now);
            var all = Entry(address, now);
            var wait = pair.WaitUntil > all.WaitUntil ? pair.WaitUntil - now : all.WaitUntil - now;
            if (wait > TimeSpan.Zero)
                return wait;
            Store(Pair(email, address), pair, options.Value.FailuresPerAccount, now);
            Store(address, all, options.Value.FailuresPerAddress, now);
            return null;
        }
    }

    /// <summary>The password was right: that attempt was no failure, and the pair starts anew.</summary>
    public void Succeeded(string email, string address)
    {
        lock (_lock)
        {
            _entries.Remove(Pair(email, address));
            if (_entries.TryGetValue(address, out var all))
                _entries[address] = all with { Count = Math.Max(0, all.Count - 1), WaitUntil = default };
        }
    }

    private static string Pair(string email, string address) => $"{address} {email}";

    private Failures Entry(string key, DateTimeOffset now) =>
        _entries.TryGetValue(key, out var entry) && entry.ForgetAt > now ? entry : default;

    private void Store(string key, Failures entry, int free, DateTimeOffset now)
    {
        if (_entries.Count >= EntriesMax && !_entries.ContainsKey(key))
            MakeRoom(now);
        var waitMax = TimeSpan.FromMinutes(options.Value.WaitMinutesMax);
        var count = entry.Count + 1;
        var wait = count < free
            ? TimeSpan.Zero
            : TimeSpan.FromSeconds(Math.Min(waitMax.TotalSeconds, Math.Pow(2, Math.Min(count - free, 30))));
        _entries[key] = new Failures(count, now + wait, now + wait + waitMax);
    }

    private void MakeRoom(DateTimeOffset now)
    {
        foreach (var (key, _) in _entries.Where(e => e.Value.ForgetAt <= now).ToList())
            _entries.Remove(key);
        if (_entries.Count < EntriesMax)
            return;
        foreach (var (key, _) in _entries.OrderBy(e => e.Value.ForgetAt).Take(EntriesMax / 10).ToList())
            _entries.Remove(key);
    }

    private readonly record struct Failures(int Count, DateTimeOffset WaitUntil, DateTimeOffset ForgetAt);
}
