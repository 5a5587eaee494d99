using System.ComponentModel.DataAnnotations;

namespace CustomerService.WebFront.Drain;

/// <summary>Section <c>Drain</c>: how this front stops.</summary>
public sealed class DrainOptions
{
    /// <summary>How long stopping waits for calls under way and for what connections still have to be told. Seconds, 10,
    /// from 0 to 300.</summary>
    [Range(0, 300)]
    public double SecondsMax { get; set; } = 10;

    /// <summary>Clients are told to come back after a random time up to this one, so that they do not come all at once.
    /// Milliseconds, 2,000, from 0 to 60,000.</summary>
    [Range(0, 60_000)]
    public int RetryAfterMsMax { get; set; } = 2_000;
}
