using CustomerService.Agents;
using CustomerService.Conversations;
using CustomerService.Grains.Catalogue;
using CustomerService.Grains.Effects;
using CustomerService.Grains.Streams;
using CustomerService.Queues;
using CustomerService.Storage.Conversations;
using CustomerService.Storage.Deadlines;
using CustomerService.Storage.Effects;
using Microsoft.Extensions.Logging;

namespace CustomerService.Grains.Sweep;

/// <summary>
/// One round of the sweep: makes sure that what is due is looked at and what is owed is delivered, whoever crashed. Each
/// host has one; the one with the lease works. Everything it does may be done twice, so the lease saves work and no more.
/// </summary>
public sealed class Sweeper(
    IDeadlines deadlines,
    IOutbox outbox,
    IConversationIndex index,
    ICatalogueCache catalogue,
    EffectCourier courier,
    IGrainFactory grains,
    IIdSource ids,
    TimeProvider clock,
    ILogger<Sweeper> log)
{
    /// <summary>Calls to grains at a time.</summary>
    private const int AtATime = 32;

    private const string Lease = "sweep";

    private readonly SweepPlan _plan = new();
    private readonly string _holder = ids.Next();
    private Task _repair = Task.CompletedTask;

    /// <summary>Takes the lease if it can, and does what is due now. Never throws but on cancellation.</summary>
    public async Task Round(CancellationToken cancellationToken)
    {
        try
        {
            var now = clock.GetUtcNow();
            if (_plan.MustLease(now))
            {
                var holds = await deadlines.TryLease(Lease, _holder, now, now + SweepPlan.LeaseFor, cancellationToken);
                if (_plan.Leased(holds, now) && _repair.IsCompleted)
                    _repair = RepairActivity(cancellationToken);
            }
            if (!_plan.MaySweep(now))
                return;
            var startedAt = clock.GetTimestamp();
            await LookAtDeadlines(now, cancellationToken);
            await DeliverEffects(now, cancellationToken);
            if (_plan.MustReconcile(now))
                await ReconcileQueues(cancellationToken);
            SweepMetrics.Round(clock.GetElapsedTime(startedAt));
        }
        catch (Exception error) when (error is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            log.LogWarning(error, "A round of the sweep failed; the next one tries again.");
        }
    }

    /// <summary>Lets another host sweep at once. Never throws.</summary>
    public async Task GiveUp()
    {
        try
        {
            await deadlines.ReleaseLease(Lease, _holder);
        }
        catch (Exception error)
        {
            log.LogInformation(error, "The sweep's lease was not given back; it runs out by itself.");
        }
    }

    private async Task LookAtDeadlines(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var due = await deadlines.Due(now, _plan.DeadlinesToRead, cancellationToken);
        await Each(_plan.Choose(due, now), async deadline =>
        {
            var failed = true;
            try
            {
                await Look(deadline);
                failed = false;
            }
            catch (Exception error)
            {
                log.LogWarning(error, "Stream {Stream} is due but its grain could not look.", deadline.Stream);
            }
            SweepMetrics.Looked(failed);
            _plan.Looked(deadline, failed, clock.GetUtcNow());
        }, cancellationToken);
    }

    /// <summary>Which grain owns a stream.</summary>
    private async Task Look(Deadline deadline)
    {
        if (KeyAfter(StreamNames.ConversationPrefix, deadline.Stream) is { } conversation)
        {
            var receipt = await grains.Of<IConversationGrain>(conversation)
                .Execute(new CheckConversationDeadlines(Actor.System, null) { DueAt = deadline.DueAt });
            if (receipt.Refusal is { Code: RefusalCode.Unavailable or RefusalCode.Overloaded } refusal)
                throw new InvalidOperationException($"Refused: {refusal.Code}.");
        }
        else if (KeyAfter(StreamNames.AgentPrefix, deadline.Stream) is { } agent)
        {
            await grains.Of<IAgentGrain>(agent).CheckDeadlines(deadline.DueAt);
        }
        else
        {
            throw new InvalidOperationException("No grain of this program owns such a stream.");
        }
    }

    private async Task DeliverEffects(DateTimeOffset now, CancellationToken cancellationToken)
    {
        // The outbox itself puts off what it hands out, longer each time.
        var effects = await outbox.TakeDue(now, SweepPlan.EffectsMax, cancellationToken);
        SweepMetrics.Redelivered(effects.Count);
        await Each(effects, async effect => await courier.Try(effect), cancellationToken);
    }

    private async Task ReconcileQueues(CancellationToken cancellationToken)
    {
        var copy = await catalogue.Get();
        await Each(copy.Queues, async queue =>
        {
            try
            {
                if ((await index.Waiting(queue.Id, null, 1, cancellationToken)).Count > 0)
                    await grains.Of<IQueueGrain>(queue.Id).Reconcile();
            }
            catch (Exception error)
            {
                log.LogWarning(error, "Queue {Queue} could not be reconciled; it will be again.", queue.Id);
            }
        }, cancellationToken);
    }

    /// <summary>A crash may have lost what the lists show of the newest messages: the conversations tell them again.
    /// </summary>
    private async Task RepairActivity(CancellationToken cancellationToken)
    {
        const int page = 200;
        try
        {
            for (string? last = null; ;)
            {
                var stale = await index.StaleActivity(last, page, cancellationToken);
                await Each(stale, Refresh, cancellationToken);
                if (stale.Count < page)
                    return;
                last = stale[^1];
            }
        }
        catch (Exception error)
        {
            log.LogWarning(error, "The lists could not be repaired; a later host will.");
        }

        async Task Refresh(string id)
        {
            try
            {
                await grains.Of<IConversationGrain>(id).RefreshActivity();
            }
            catch (Exception error)
            {
                log.LogWarning(error, "Conversation {Conversation} could not refresh its line.", id);
            }
        }
    }

    /// <summary>Acts on all, some at a time. Stays on the caller's scheduler, so that a simulation can host it.</summary>
    private static async Task Each<T>(IReadOnlyList<T> items, Func<T, Task> act, CancellationToken cancellationToken)
    {
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, Math.Min(AtATime, items.Count)).Select(_ => Work()));

        async Task Work()
        {
            for (var mine = Interlocked.Increment(ref next); mine < items.Count; mine = Interlocked.Increment(ref next))
            {
                cancellationToken.ThrowIfCancellationRequested();
                await act(items[mine]);
            }
        }
    }

    private static string? KeyAfter(string prefix, string stream) =>
        stream.StartsWith(prefix, StringComparison.Ordinal) ? stream[prefix.Length..] : null;
}
