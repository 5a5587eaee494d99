using System.ComponentModel.DataAnnotations;

namespace CustomerService.WebFront.SignIn;

/// <summary>Sessions and the throttle of password guessing: section <c>SignIn</c>.</summary>
public sealed class SignInOptions
{
    /// <summary>How long an agent's session lives without a refresh, hours. Default 12: a shift.</summary>
    [Range(1, 720)]
    public int SessionHours { get; set; } = 12;

    /// <summary>How long a bearer lives, an agent's or a visitor's, minutes. Default 60. It may show up in the address
    /// of a WebSocket, so it is short-lived; revoking a session ends its bearers within seconds all the same.</summary>
    [Range(2, 720)]
    public int BearerMinutes { get; set; } = 60;

    /// <summary>How often the sessions held here are checked against the database, milliseconds. Default 2,500: a revoked
    /// one is out within 5 seconds even when one check is slow.</summary>
    [Range(100, 5_000)]
    public int RecheckMs { get; set; } = 2_500;

    /// <summary>Wrong passwords that one address may give for one account before it has to wait. Default 5.</summary>
    [Range(1, 100)]
    public int FailuresPerAccount { get; set; } = 5;

    /// <summary>Wrong passwords that one address may give for all accounts together before it has to wait. Default 30:
    /// an office behind one address mistypes too.</summary>
    [Range(1, 10_000)]
    public int FailuresPerAddress { get; set; } = 30;

    /// <summary>The longest wait between two attempts, minutes, and how long failures are remembered. Default 15.
    /// </summary>
    [Range(1, 1_440)]
    public int WaitMinutesMax { get; set; } = 15;
}
