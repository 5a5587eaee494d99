using System.Globalization;

namespace CustomerService.Load.Measure;

/// <summary>What the rule looks at.</summary>
/// <param name="Scheduled">Arrivals that were due.</param>
/// <param name="Begun">Arrivals the generator began.</param>
/// <param name="LagP99Ms">How late the generator itself was.</param>
/// <param name="AckP99Ms">What was measured; 0 where nothing was.</param>
/// <param name="GeneratorCores">CPU of the generator, in cores.</param>
/// <param name="Cores">Cores of the generator's machine.</param>
public sealed record GeneratorHealth(
    long Scheduled, long Begun, double LagP99Ms, double AckP99Ms, double GeneratorCores, int Cores);

/// <summary>
/// When a run says nothing about the server. Latencies count from the intended time, so a generator that lags makes the
/// server look worse, and one that is starved measures itself.
/// </summary>
public static class VoidRule
{
    /// <summary>Below this the generator's own lateness does not matter: a scheduler's time slice or two.</summary>
    public const double LagMsMax = 20;

    /// <summary>Above it the share of the measured latency that may be the generator's own.</summary>
    public const double LagShareMax = 0.5;

    /// <summary>Lateness that voids a run whatever was measured.</summary>
    public const double LagMsEver = 250;

    /// <summary>Share of the arrivals due that must have begun.</summary>
    public const double BegunShareMin = 0.99;

    /// <summary>Share of all cores over which the generator is what is being measured.</summary>
    public const double CpuShareMax = 0.75;

    /// <summary>The reasons; none: the run counts.</summary>
    public static IReadOnlyList<string> Reasons(GeneratorHealth health)
    {
        var reasons = new List<string>();
        void Say(FormattableString reason) => reasons.Add(reason.ToString(CultureInfo.InvariantCulture));

        if (health.Begun < health.Scheduled * BegunShareMin)
            Say($"The generator began {health.Begun} of {health.Scheduled} arrivals that were due.");
        if (health.LagP99Ms > LagMsEver)
            Say($"The generator was late by {health.LagP99Ms:0.0} ms at p99; over {LagMsEver} ms no run counts.");
        else if (health.LagP99Ms > LagMsMax && health.LagP99Ms > health.AckP99Ms * LagShareMax)
            Say($"The generator was late by {health.LagP99Ms:0.0} ms at p99, over half of the {health.AckP99Ms:0.0} ms measured.");
        if (health.GeneratorCores > health.Cores * CpuShareMax)
            Say($"The generator used {health.GeneratorCores:0.00} of {health.Cores} cores: it is the bottleneck.");
        return reasons;
    }
}
