using System.Collections.Immutable;
using CustomerService.Conversations;
using CustomerService.Feed;
using CustomerService.Grains.Effects;
using CustomerService.Grains.Feed;
using CustomerService.Storage.Effects;
using CustomerService.Storage.Journal;
using CustomerService.Support.MemoryStorage;

namespace CustomerService.Unit.Tests.Saga;

/// <summary>What may go wrong at one step.</summary>
public enum Fault
{
    /// <summary>The call never arrives.</summary>
    CallLost,

    /// <summary>It is done, but its caller never learns.</summary>
    AnswerLost,

    /// <summary>It is done, then the activation is gone, and its caller never learns.</summary>
    Crash,

    /// <summary>The database is out of reach: nothing is stored.</summary>
    NotStored,

    /// <summary>The database commits, then the connection is gone.</summary>
    StoredUnknown,
}

/// <summary>
/// Breaks calls between grains, deliveries and the storage. A step is a grain method, such as <c>Reserve</c>; of
/// <c>Execute</c> with the command, such as <c>Execute AssignConversation</c>.
/// </summary>
public sealed class SagaFaults(MemoryDatabase database) : IIncomingGrainCallFilter
{
    private readonly Lock _gate = new();
    private (string Step, Fault Fault)? _armed;
    private Func<string, Fault?>? _always;

    /// <summary>Whether deliveries right after a commit are dropped, as if the process died there.</summary>
    public bool DropsDeliveries { get; set; }

    /// <summary>How many faults have struck.</summary>
    public int Struck { get; private set; }

    /// <summary>The next time that step is taken it fails so.</summary>
    public void Arm(string step, Fault fault)
    {
        lock (_gate)
            _armed = (step, fault);
    }

    /// <summary>Asked at every step until <see cref="Heal"/>.</summary>
    public void ArmAlways(Func<string, Fault?> decide)
    {
        lock (_gate)
            _always = decide;
        database.Faults.Before = call => call.Operation == nameof(IJournal.Append) ? OnStore(call, Fault.NotStored) : Task.CompletedTask;
        database.Faults.After = call => call.Operation == nameof(IJournal.Append) ? OnStore(call, Fault.StoredUnknown) : Task.CompletedTask;
    }

    /// <summary>No further faults.</summary>
    public void Heal()
    {
        lock (_gate)
        {
            _armed = null;
            _always = null;
        }
        DropsDeliveries = false;
        database.Faults.Before = database.Faults.After = null;
    }

    /// <inheritdoc/>
    public async Task Invoke(IIncomingGrainCallContext context)
    {
        var fault = context.InterfaceName.Contains("CustomerService", StringComparison.Ordinal) ? Take(StepOf(context)) : null;
        switch (fault)
        {
            case Fault.CallLost:
                throw new TimeoutException("Lost on the way.");
            case Fault.NotStored or Fault.StoredUnknown:
                StrikeStorage(fault.Value);
                break;
        }
        await context.Invoke();
        if (fault == Fault.Crash && context.Grain is IGrainBase grain)
            grain.GrainContext.Deactivate(new DeactivationReason(DeactivationReasonCode.ApplicationRequested, "Crash."));
        if (fault is Fault.AnswerLost or Fault.Crash)
            throw new TimeoutException("The answer was lost.");
    }

    private static string StepOf(IIncomingGrainCallContext context) =>
        context.MethodName == "Execute" && context.Request.GetArgument(0) is ConversationCommand command
            ? $"Execute {command.GetType().Name}"
            : context.MethodName;

    private Fault? Take(string step)
    {
        lock (_gate)
        {
            var fault = _always?.Invoke(step);
            if (_armed is { } armed && armed.Step == step)
            {
                fault = armed.Fault;
                _armed = null;
            }
            Struck += fault is null ? 0 : 1;
            return fault;
        }
    }

    /// <summary>The next append fails: it is the one of the step just begun, in a test with one thing going on.</summary>
    private void StrikeStorage(Fault fault)
    {
        if (fault == Fault.NotStored)
            database.Faults.FailNext(call => call.Operation == nameof(IJournal.Append), () => new JournalUnavailableException());
        else
            database.Faults.CommitThenUnknown("");
    }

    private Task OnStore(StorageCall call, Fault kind)
    {
        lock (_gate)
        {
            if (_always?.Invoke($"{kind} {call.Target.Split('/')[0]}") != kind)
                return Task.CompletedTask;
            Struck++;
        }
        return Task.FromException(kind == Fault.NotStored
            ? new JournalUnavailableException()
            : new AppendOutcomeUnknownException());
    }
}

/// <summary>The real courier, or none where deliveries are dropped.</summary>
public sealed class DroppingCourier(EffectCourier courier, SagaFaults faults) : IEffectCourier
{
    /// <inheritdoc/>
    public void Deliver(ImmutableArray<OwedEffect> effects)
    {
        if (!faults.DropsDeliveries)
            courier.Deliver(effects);
    }
}

/// <summary>A front that only counts.</summary>
public sealed class CountingFeed : IFeed
{
    private int _sent;

    /// <summary>Envelopes sent.</summary>
    public int Sent => _sent;

    /// <inheritdoc/>
    public void Send(string frontId, FeedEnvelope envelope) => Interlocked.Increment(ref _sent);
}
