using System.Diagnostics;

namespace CustomerService.Support;

/// <summary>The only waiting in tests: until something holds, with a deadline, never for a time.</summary>
public static class Await
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Completes when <paramref name="holds"/> does; fails with <paramref name="what"/> after
    /// <paramref name="within"/> (10 s unless given).</summary>
    public static async Task Until(
        string what, Func<Task<bool>> holds, TimeSpan? within = null, Func<string>? details = null)
    {
        var limit = within ?? TimeSpan.FromSeconds(10);
        var watch = Stopwatch.StartNew();
        while (!await holds())
        {
            if (watch.Elapsed > limit)
                throw new TimeoutException($"Waited {limit.TotalSeconds} s in vain until {what}.\n{details?.Invoke()}");
            await Task.Delay(Pause);
        }
    }

    /// <inheritdoc cref="Until(string, Func{Task{bool}}, TimeSpan?, Func{string}?)"/>
    public static Task Until(string what, Func<bool> holds, TimeSpan? within = null, Func<string>? details = null) =>
        Until(what, () => Task.FromResult(holds()), within, details);
}
