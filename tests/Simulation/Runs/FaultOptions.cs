namespace CustomerService.Simulation.Runs;

/// <summary>How often what goes wrong; chances from 0 to 1. All of it stops at once when the run heals.</summary>
internal sealed class FaultOptions
{
    public double LoseCall { get; set; }
    public double LoseReply { get; set; }
    public double DelayCall { get; set; }
    public double LosePush { get; set; }
    public double DoublePush { get; set; }
    public double DelayPush { get; set; }
    public double CutLink { get; set; }
    public double AppendUnavailable { get; set; }
    public double AppendOverloaded { get; set; }
    public double CommitThenUnknown { get; set; }
    public double UnknownNotStored { get; set; }
    public double UnknownStoredLater { get; set; }
    public double SlowAppend { get; set; }
    public double FailRead { get; set; }
    public double SlowRead { get; set; }
    public double FailSnapshot { get; set; }

    /// <summary>The database is out of reach.</summary>
    public bool Outage { get; set; }

    /// <summary>Seconds between two events of the plan, such as a silo's death; 0 for none.</summary>
    public double PlanEverySeconds { get; set; }

    /// <summary>Nothing goes wrong.</summary>
    public static FaultOptions None => new();

    /// <summary>Everything goes wrong now and then.</summary>
    /// <param name="factor">How much more often than usual.</param>
    public static FaultOptions All(double factor)
    {
        var faults = Usual;
        foreach (var property in typeof(FaultOptions).GetProperties().Where(property => property.PropertyType == typeof(double) && property.CanWrite))
            property.SetValue(faults, Math.Min(0.5, (double)property.GetValue(faults)! * factor));
        faults.PlanEverySeconds = Usual.PlanEverySeconds / factor;
        return faults;
    }

    private static FaultOptions Usual => new()
    {
        LoseCall = 0.002, LoseReply = 0.003, DelayCall = 0.01, LosePush = 0.05, DoublePush = 0.05, DelayPush = 0.05,
        CutLink = 0.002, AppendUnavailable = 0.004, AppendOverloaded = 0.004, CommitThenUnknown = 0.006,
        UnknownNotStored = 0.004, UnknownStoredLater = 0.003, SlowAppend = 0.01, FailRead = 0.001, SlowRead = 0.005,
        FailSnapshot = 0.05, PlanEverySeconds = 15,
    };

    public void Stop()
    {
        foreach (var property in typeof(FaultOptions).GetProperties().Where(property => property.CanWrite))
            property.SetValue(this, property.PropertyType == typeof(bool) ? false : (object)0.0);
    }
}
