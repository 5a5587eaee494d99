using System.Collections.Immutable;
using CustomerService.Operations;

namespace CustomerService.Grains.Operations;

/// <summary>Who runs, as they say; see <see cref="IRosterGrain"/>.</summary>
internal sealed class RosterGrain(TimeProvider clock) : Grain, IRosterGrain
{
    /// <summary>Processes kept at a time.</summary>
    public const int ProcessesMax = 500;

    private readonly SortedDictionary<string, (ProcessReport Report, DateTimeOffset HeardAt)> _heard =
        new(StringComparer.Ordinal);

    public Task Report(ProcessReport report)
    {
        Forget();
        if (_heard.Count < ProcessesMax || _heard.ContainsKey(report.Id))
            _heard[report.Id] = (report, clock.GetUtcNow());
        return Task.CompletedTask;
    }

    public Task Leave(string id)
    {
        _heard.Remove(id);
        return Task.CompletedTask;
    }

    public Task<ImmutableArray<ProcessReport>> All()
    {
        Forget();
        return Task.FromResult(_heard.Values.Select(one => one.Report).ToImmutableArray());
    }

    private void Forget()
    {
        var now = clock.GetUtcNow();
        foreach (var (id, one) in _heard.ToArray())
        {
            if (now - one.HeardAt > IRosterGrain.ForgottenAfter)
                _heard.Remove(id);
        }
    }
}
