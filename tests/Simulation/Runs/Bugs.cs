using CustomerService.Agents;
using CustomerService.Conversations;
using CustomerService.Feed;
using CustomerService.Grains.Conversations;
using CustomerService.Grains.Streams;
using CustomerService.Queues;
using CustomerService.Simulation.Actors;
using CustomerService.Storage.Accounts;
using CustomerService.Storage.Journal;

namespace CustomerService.Simulation.Runs;

/// <summary>Puts a planted bug into a run.</summary>
internal static class Bugs
{
    public static void Plant(Run run)
    {
        var store = run.Store;
        switch (run.Bug)
        {
            case PlantedBug.AckBeforeCommit:
                store.AcksBeforeCommit = true;
                store.Alter = append => run.World.Chance.Chance(0.05) ? null : append;
                break;
            case PlantedBug.NoVersionKey:
                store.Alter = append => append with { ExpectedVersion = store.Commits.TryGetValue(append.Stream, out var all) ? all.Count : 0 };
                break;
            case PlantedBug.NoClientIdKey:
                store.Alter = append => append with
                {
                    Events = [.. append.Events.Select(fact => fact with { Author = null, ClientId = null, ContentHash = default })],
                };
                break;
            case PlantedBug.VisitorNumberSkipped:
                store.Alter = append => !run.World.Chance.Chance(0.05) ? append : append with
                {
                    Events = [.. append.Events.Select(fact => fact with { VisitorSequence = fact.VisitorSequence + 1 })],
                };
                break;
            case PlantedBug.EffectsLost:
                store.Alter = append => append with { Owed = [] };
                break;
            case PlantedBug.PlaceLost:
                store.Alter = append => append with { Events = [.. append.Events.Select(fact => Requeued(run, append, fact))] };
                break;
            case PlantedBug.StaleSnapshot:
                store.Snapshots.Alter = value => value is Snapshot<Conversation> { State: { Version: > 2 } state } snapshot
                    ? snapshot with { State = state with { VisitorName = "someone else", VisitorHead = state.VisitorHead + 1 } }
                    : value;
                break;
            case PlantedBug.NoteToVisitors:
                run.Feed.Alter = envelope => envelope is EventsEnvelope events
                    ? events with { ForVisitors = [.. events.ForVisitors, .. events.ForAgents.Where(view => view.Type == "noteAdded")] }
                    : envelope;
                break;
            case PlantedBug.CapacityIgnored:
                run.Accounts = new RoomyAccounts(run.Accounts);
                break;
            case PlantedBug.NoHeads:
                run.Feed.AlwaysLoses = 0.1;
                break;
            default:
                run.Cluster.Intercept = (call, grain) => Intercept(run, call, grain);
                break;
        }
    }

    private static NewEvent Requeued(Run run, Append append, NewEvent fact)
    {
        if (fact.Type != "conversation.queued.v1" || append.ExpectedVersion == 0)
            return fact;
        var codec = EventCodec<ConversationEvent>.Instance;
        var queued = (ConversationQueued)codec.Decode(new StoredEvent(append.Stream, 0, 0, fact.Type, fact.At, fact.Data));
        return fact with { Data = codec.Encode(new NewFact<ConversationEvent>(queued with { EnqueuedAt = run.World.GetUtcNow() })).Data };
    }

    private static Task? Intercept(Run run, CallRequest call, Grain grain) => (run.Bug, call.Shape.Name) switch
    {
        (PlantedBug.ResumeOffByOne, nameof(IConversationHistoryGrain.Resume)) =>
            Late((IConversationHistoryGrain)grain, (Actor)call.Arguments[0]!, (string)call.Arguments[1]!, (long)call.Arguments[2]!),
        (PlantedBug.RecoveredLies, nameof(IConversationHistoryGrain.Resume)) =>
            Half((IConversationHistoryGrain)grain, (Actor)call.Arguments[0]!, (string)call.Arguments[1]!, (long)call.Arguments[2]!),
        (PlantedBug.ReleaseDropped, nameof(IAgentGrain.Release)) when call.Arguments[1] is not null => Task.CompletedTask,
        (PlantedBug.ReleaseOfAnother, nameof(IAgentGrain.Release)) => Another(run, (IAgentGrain)grain, call),
        (PlantedBug.NewestFirst, nameof(IQueueGrain.ConversationChanged)) => Mirrored((IQueueGrain)grain, (WaitingConversation)call.Arguments[0]!),
        (PlantedBug.NoReservation, nameof(IAgentGrain.Reserve)) => Nodded((IAgentGrain)grain),
        _ => null,
    };

    private static async Task<HistoryPage> Late(IConversationHistoryGrain grain, Actor by, string id, long after)
    {
        var page = await grain.Resume(by, id, after);
        return page.Recovered && page.Events.Length > 0 ? page with { Events = page.Events.RemoveAt(0) } : page;
    }

    private static async Task<HistoryPage> Half(IConversationHistoryGrain grain, Actor by, string id, long after)
    {
        var page = await grain.Resume(by, id, after);
        return page.Events.Length < 2 ? page : page with { Recovered = true, Events = page.Events.RemoveRange(0, page.Events.Length / 2) };
    }

    private static Task Another(Run run, IAgentGrain grain, CallRequest call)
    {
        var named = (string)call.Arguments[0]!;
        var open = run.OpenReservations(call.Grain.Key);
        return grain.Release(open.Contains(named) || open.Count == 0 ? named : open.Min!, (ConversationView?)call.Arguments[1]);
    }

    private static Task Mirrored(IQueueGrain grain, WaitingConversation told) => grain.ConversationChanged(told with
    {
        EnqueuedAt = Engine.World.Epoch.AddDays(1) - (told.EnqueuedAt - Engine.World.Epoch),
    });

    private static async Task<AgentReceipt> Nodded(IAgentGrain grain) => new(null, await grain.Availability());

    /// <summary>Lets agents believe they have more room.</summary>
    private sealed class RoomyAccounts(IAccounts inner) : IAccounts
    {
        public Task<Account?> FindByEmail(string email, CancellationToken cancellationToken = default) => inner.FindByEmail(email, cancellationToken);

        public async Task<Account?> Find(string agentId, CancellationToken cancellationToken = default) =>
            await inner.Find(agentId, cancellationToken) is { } account ? account with { Capacity = account.Capacity + 2 } : null;

        public Task<IReadOnlyList<Account>> All(CancellationToken cancellationToken = default) => inner.All(cancellationToken);

        public Task<IReadOnlyList<Account>> MembersOf(string queueId, CancellationToken cancellationToken = default) =>
            inner.MembersOf(queueId, cancellationToken);

        public Task<bool> Add(Account account, CancellationToken cancellationToken = default) => inner.Add(account, cancellationToken);

        public Task<bool> Replace(Account account, CancellationToken cancellationToken = default) => inner.Replace(account, cancellationToken);
    }
}
