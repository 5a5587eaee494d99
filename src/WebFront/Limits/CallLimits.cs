using System.Threading.RateLimiting;
using CustomerService.WebFront.Feed;
using CustomerService.WebFront.Telemetry;
using Microsoft.Extensions.Options;

namespace CustomerService.WebFront.RateLimits;

/// <summary>The limits of calls and connections of this front.</summary>
internal sealed class CallLimits : IDisposable
{
    private readonly LimitOptions _options;
    private readonly FrontMetrics _metrics;
    private readonly Quotas _callers;
    private readonly Quotas _addresses;
    private readonly Quotas _connects;

    public CallLimits(IOptions<LimitOptions> options, FrontMetrics metrics, TimeProvider clock)
    {
        (_options, _metrics) = (options.Value, metrics);
        _callers = Make(
            _options.CallsPerSecondPerCaller, _options.CallsBurstPerCaller, _options.ConnectionsPerCallerMax, clock);
        _addresses = Make(
            _options.CallsPerSecondPerAddress, _options.CallsBurstPerAddress, _options.ConnectionsPerAddressMax, clock);
        _connects = Make(
            _options.ConnectsPerSecondPerAddress, _options.ConnectsBurstPerAddress, int.MaxValue, clock);
    }

    /// <summary>The bucket of a new connection.</summary>
    public TokenBucketRateLimiter ForConnection() =>
        Quotas.Bucket(_options.CallsPerSecondPerConnection, _options.CallsBurstPerConnection);

    /// <summary>Takes one call; a refusal where the connection, its caller or its address has had too many.</summary>
    public Refusal? Take(FrontConnection connection)
    {
        if (Quotas.Take(connection.Calls) is { } ofConnection)
            return TooMany("connection", ofConnection);
        if (_callers.Take(connection.AuthorKey) is { } ofCaller)
            return TooMany("caller", ofCaller);
        return _addresses.Take(connection.Address) is { } ofAddress ? TooMany("address", ofAddress) : null;
    }

    /// <summary>Takes a new connection up, until the answer is disposed; null where it is refused, with when to try
    /// again.</summary>
    public IDisposable? TryOpen(string address, string caller, out TimeSpan retryAfter)
    {
        retryAfter = TimeSpan.FromSeconds(5);
        if (_connects.Take(address) is { } wait)
        {
            _metrics.Limited.Add("connects");
            retryAfter = wait;
            return null;
        }
        if (_addresses.TryOpen(address) is not { } ofAddress)
        {
            _metrics.Limited.Add("connections_of_address");
            return null;
        }
        if (_callers.TryOpen(caller) is { } ofCaller)
            return new Both(ofAddress, ofCaller);
        ofAddress.Dispose();
        _metrics.Limited.Add("connections_of_caller");
        return null;
    }

    /// <summary>Forgets callers and addresses that have been idle.</summary>
    public void Evict()
    {
        _callers.Evict();
        _addresses.Evict();
        _connects.Evict();
    }

    public void Dispose()
    {
        _callers.Dispose();
        _addresses.Dispose();
        _connects.Dispose();
    }

    private Refusal TooMany(string scope, TimeSpan after)
    {
        _metrics.Limited.Add(scope);
        return new Refusal(RefusalCode.RateLimited, "Too many calls.", RetryMs(after));
    }

    private static int RetryMs(TimeSpan after) => (int)Math.Clamp(Math.Ceiling(after.TotalMilliseconds), 50, 60_000);

    private Quotas Make(double perSecond, int burst, int openMax, TimeProvider clock) => new(
        perSecond, burst, openMax, _options.EntriesMax, TimeSpan.FromSeconds(_options.EntryIdleSeconds), clock);

    private sealed class Both(IDisposable one, IDisposable other) : IDisposable
    {
        public void Dispose()
        {
            one.Dispose();
            other.Dispose();
        }
    }
}
