namespace CustomerService.WebFront.Endpoints;

/// <summary>Bounds what searches take: a few at a time, a few that wait, and none for longer than two seconds.</summary>
public sealed class SearchGate(TimeProvider clock) : IDisposable
{
    /// <summary>At a time: a search keeps one connection to the database busy.</summary>
    public const int AtATimeMax = 4;

    /// <summary>That run or wait; the next is refused at once.</summary>
    public const int CountMax = 32;

    /// <summary>How long one may take, waiting included.</summary>
    public static readonly TimeSpan TimeMax = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _places = new(AtATimeMax);
    private int _count;

    /// <summary>Runs a search; null where too many are under way.</summary>
    /// <exception cref="TimeoutException">It took too long.</exception>
    public async Task<T?> Run<T>(Func<CancellationToken, Task<T>> search, CancellationToken aborted)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(search);
        using var late = new CancellationTokenSource(TimeMax, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(late.Token, aborted);
        try
        {
            if (Interlocked.Increment(ref _count) > CountMax)
                return null;
            await _places.WaitAsync(both.Token);
            try
            {
                return await search(both.Token);
            }
            finally
            {
                _places.Release();
            }
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !aborted.IsCancellationRequested)
        {
            throw new TimeoutException("A search took too long.");
        }
        finally
        {
            Interlocked.Decrement(ref _count);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _places.Dispose();
}
