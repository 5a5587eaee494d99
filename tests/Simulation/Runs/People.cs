using CustomerService.Agents;
using CustomerService.Conversations;
using CustomerService.Simulation.Clients;
using CustomerService.Simulation.Engine;

namespace CustomerService.Simulation.Runs;

/// <summary>What visitors and agents do, and when.</summary>
internal sealed class People
{
    private readonly Run _run;
    private readonly VisitorClient?[] _visitors = new VisitorClient?[Run.Visitors];
    private readonly AgentClient?[] _agents = new AgentClient?[Run.Agents];
    private bool _over;

    public People(Run run)
    {
        _run = run;
        for (var i = 0; i < Run.Agents; i++)
        {
            var index = i;
            Later(Chance.Seconds(0.1, 20), () => _run.World.Spawn(() => Agent(index)));
        }
        for (var i = 0; i < Run.Visitors; i++)
        {
            var index = i;
            Later(Chance.Seconds(5, 400), () => _run.World.Spawn(() => Visitor(index)));
        }
    }

    private Prng Chance => _run.World.Chance;

    /// <summary>All visitors leave: some say good-bye, others just vanish. Agents stay and write no more.</summary>
    public void Leave()
    {
        _over = true;
        foreach (var visitor in _visitors.OfType<VisitorClient>())
        {
            if (Chance.Chance(0.3))
                visitor.End();
            var page = visitor;
            Later(Chance.Seconds(1, 20), page.Close);
        }
    }

    /// <summary>Somebody ends the session of an agent that is at work.</summary>
    public void EndSomeSession()
    {
        if (_agents.OfType<AgentClient>().Where(console => !console.IsGone).ToList() is { Count: > 0 } some)
            Chance.Pick(some).SessionEnded();
    }

    /// <summary>Whoever waits and has been connected for a while was told a place, and where the queue has been calm no
    /// worse one than it has. A while: a front that lost its watch finds out by the heads, every 30 s.</summary>
    public void CheckPlaces()
    {
        var calm = _run.World.Now - TimeSpan.FromSeconds(40);
        var calmMs = (long)calm.TotalMilliseconds;
        var database = _run.Store.Database;
        foreach (var page in _visitors.OfType<VisitorClient>())
        {
            if (page is not { IsGone: false, IsConnected: true, Conversation: { } id } || page.Link!.OpenedAt > calm
                || World.Outside(() => Run.Now(database.Index.Find(id))) is not { State: "waiting" } row)
                continue;
            if (_run.Store.LastChange(id) > calmMs)
                continue;
            var waiting = World.Outside(() => Run.Now(database.Index.Waiting(row.QueueId, null, 1_000)));
            _run.PlacesChecked++;
            var place = waiting.Select(other => other.Id).ToList().IndexOf(id) + 1;
            // A planted bug may leave them without one, or give them another order.
            if (_run.Bug != PlantedBug.None)
                continue;
            if (page.Place(id) is not { } told)
                throw new SimulationException($"{page.Name} waits in {row.QueueId} at place {place} and was never told.");
            if (told > place && _run.Store.LastChange(row.QueueId) <= calmMs)
                throw new SimulationException($"{page.Name} waits in {row.QueueId} at place {place} and was told {told}.");
        }
    }

    private void Later(TimeSpan wait, Action action) => _run.World.After(wait, _run.World.Network, action);

    private async Task Visitor(int index)
    {
        var by = new Actor(ActorKind.Visitor, "v" + (index + 1), "");
        var pages = 0;
        var page = Open();
        page.Say();
        while (true)
        {
            await _run.World.Delay(Chance.Seconds(10, 80));
            if (_over)
                return;
            switch (Chance.Below(100))
            {
                case < 66:
                    page.Say();
                    if (Chance.Chance(0.2))
                        page.Say();
                    break;
                case < 76:
                    var before = page;
                    before.Close();
                    page = Open();
                    page.Adopt(before);
                    break;
                case < 82:
                    page.End();
                    break;
                case < 86:
                    page.Rate();
                    break;
                case < 88:
                    page.LeaveMessage();
                    break;
                case < 92:
                    page.MarkRead();
                    page.Type();
                    break;
                case < 94 when Chance.Pick(_visitors)?.Conversation is { } other:
                    page.Pry(other);
                    break;
                default:
                    await _run.World.Delay(Chance.Seconds(60, 240)); // Thinks of something else: the conversation idles out.
                    break;
            }
        }

        VisitorClient Open()
        {
            var client = new VisitorClient(_run, $"{by.Id}.{++pages}", by);
            _visitors[index] = client;
            client.Start();
            return client;
        }
    }

    private async Task Agent(int index)
    {
        var by = new Actor(ActorKind.Agent, "a" + (index + 1), "Agent " + (index + 1)) { Queues = ["default", "sales"] };
        var consoles = 0;
        var console = Open();
        while (true)
        {
            await _run.World.Delay(Chance.Seconds(4, 20));
            if (console.IsGone)
            {
                console = Reopen();
                continue;
            }
            foreach (var line in console.Lines.Where(line => line.State == ConversationState.Offered && line.Agent?.Id == by.Id).ToArray())
                Answer(line.ConversationId);
            var held = console.Lines.Where(line => line.State == ConversationState.Assigned && line.Agent?.Id == by.Id).ToArray();
            if (!_over && held.Length > 0)
                Work(Chance.Pick(held).ConversationId);
            // The faults' time is also the time of people who come and go.
            if (_run.World.Now < Run.HealAt && Chance.Chance(0.04))
                await ComeAndGo();
        }

        void Answer(string id)
        {
            switch (Chance.Below(10))
            {
                case < 7:
                    console.Do("accept", id, command => new AcceptConversation(by, command));
                    break;
                case < 9:
                    console.Do("decline", id, command => new DeclineConversation(by, command));
                    break;
            }
        }

        void Work(string id)
        {
            switch (Chance.Below(100))
            {
                case < 60:
                    console.Say(id, note: false);
                    break;
                case < 70:
                    console.Say(id, note: true);
                    break;
                case < 82:
                    console.Do("close", id, command => new CloseConversation(by, command, "done"));
                    break;
                case < 87:
                    var other = "a" + (1 + Chance.Below(Run.Agents));
                    console.Do("transfer", id, command => new TransferConversation(by, command, null, other, "yours"));
                    break;
                case < 91:
                    var queue = Chance.Chance(0.5) ? "sales" : "default";
                    console.Do("transfer", id, command => new TransferConversation(by, command, queue, null, null));
                    break;
                case < 94:
                    var until = _run.World.GetUtcNow() + Chance.Seconds(5, 120);
                    console.Do("snooze", id, command => new SnoozeConversation(by, command, until));
                    break;
                case < 96:
                    string[] tags = ["refund", "urgent", "退款"];
                    console.Do("tag", id, command => new TagConversation(
                        by, command, [Chance.Pick(tags)], []));
                    break;
                case < 98:
                    console.Amend(id, Chance.Chance(0.5));
                    break;
                default:
                    console.MarkRead(id);
                    console.Type();
                    console.EndWrapUp();
                    break;
            }
        }

        async Task ComeAndGo()
        {
            switch (Chance.Below(3))
            {
                case 0:
                    console.Want(Chance.Chance(0.5) ? AgentStatus.Away : AgentStatus.Offline);
                    await _run.World.Delay(Chance.Seconds(5, 60));
                    console.Want(AgentStatus.Online);
                    break;
                default:
                    console.Close();
                    await _run.World.Delay(Chance.Seconds(1, 70));
                    console = Reopen();
                    break;
            }
        }

        AgentClient Reopen()
        {
            var before = console;
            var client = Open();
            client.Adopt(before);
            return client;
        }

        AgentClient Open()
        {
            var client = new AgentClient(_run, $"{by.Id}.{++consoles}", by);
            _agents[index] = client;
            client.Start();
            return client;
        }
    }
}
