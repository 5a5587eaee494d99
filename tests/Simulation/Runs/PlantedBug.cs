namespace CustomerService.Simulation.Runs;

/// <summary>Mistakes that a run can be made to contain, each in one decorator or switch of the simulation, to see that
/// the checker finds it. Never in the product's code.</summary>
public enum PlantedBug
{
    None,

    /// <summary>An append is answered before it is committed, and some never are.</summary>
    AckBeforeCommit,

    /// <summary>The journal takes events at whatever version is free: nobody is fenced.</summary>
    NoVersionKey,

    /// <summary>Client ids are not kept: a retry is stored again.</summary>
    NoClientIdKey,

    /// <summary>Resume begins one event too late.</summary>
    ResumeOffByOne,

    /// <summary>Resume brings half and says recovered.</summary>
    RecoveredLies,

    /// <summary>An agent's place is not freed when its conversation ends.</summary>
    ReleaseDropped,

    /// <summary>A release frees whichever reservation comes first, whatever it names.</summary>
    ReleaseOfAnother,

    /// <summary>The queue serves the newest first.</summary>
    NewestFirst,

    /// <summary>Visitors' numbers skip one now and then.</summary>
    VisitorNumberSkipped,

    /// <summary>What is owed is delivered at once or never: no row keeps it.</summary>
    EffectsLost,

    /// <summary>Notes are announced to visitors too.</summary>
    NoteToVisitors,

    /// <summary>Of an agent's wishes for its status, each late by up to 40 s, the last one to arrive counts, also where it
    /// is an older one.</summary>
    OlderWishWins,

    /// <summary>The agent takes more than it has room for.</summary>
    CapacityIgnored,

    /// <summary>A client applies a push it has applied before.</summary>
    PushAppliedTwice,

    /// <summary>A conversation that goes back to its queue gets a new place at the end.</summary>
    PlaceLost,

    /// <summary>A snapshot holds other state than its version's.</summary>
    StaleSnapshot,

    /// <summary>Nobody looks at deadlines or repeats what is owed.</summary>
    SweepAsleep,

    /// <summary>A front shows a conversation to whoever asks.</summary>
    StrangerSubscribed,

    /// <summary>The conversation is told it was assigned without asking the agent for a place.</summary>
    NoReservation,

    /// <summary>Fronts never compare heads, so that a push lost on the way is not noticed until the next one.</summary>
    NoHeads,

    /// <summary>Grains go by the wall clock as it is, even when it jumps.</summary>
    WallClock,

    /// <summary>Fronts never ask whether a session has ended.</summary>
    RevocationIgnored,
}
