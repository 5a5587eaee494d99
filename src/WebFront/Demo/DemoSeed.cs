using System.Collections.Immutable;
using CustomerService.Conversations;
using CustomerService.Dialogues;
using CustomerService.Grains;
using CustomerService.Hosting;
using CustomerService.Grains.Catalogue;
using CustomerService.Queues;
using CustomerService.Storage.Accounts;
using CustomerService.Storage.Catalogue;
using CustomerService.Visitors;
using CustomerService.WebFront.Endpoints;
using CustomerService.WebFront.SignIn;

namespace CustomerService.WebFront.Demo;

/// <summary>
/// Makes agents, queues and conversations to play with. Every step is idempotent by its ids, so a start that was cut
/// short is completed by the next one, and nothing is made twice.
/// </summary>
public sealed class DemoSeed(
    ICatalogue catalogue, ICatalogueCache cache, IAccounts accounts, Passwords passwords, IGrainFactory grains,
    IHostApplicationLifetime lifetime, IClusterLink link, ILogger<DemoSeed> log) : BackgroundService
{
    /// <summary>Conversations that are played to their end, and those that are left waiting: enough for a list that
    /// scrolls, few enough for a start of a few seconds.</summary>
    private const int PlayedCount = 16, WaitingCount = 4;

    private const string SiteKey = "demo";

    private static readonly (string Id, string Name)[] s_queues =
        [("sales", "售前咨询 Sales"), ("billing", "账单 Billing"), ("technical", "技术支持 Technical")];

    private static readonly DemoAgent[] s_agents =
    [
        new("lin", "林晓", [Roles.Agent], ["default", "sales"]),
        new("chen", "陈敏", [Roles.Agent], ["default", "billing"]),
        new("emma", "Emma Clarke", [Roles.Agent], ["default", "technical"]),
        new("zhou", "周岚", [Roles.Supervisor], ["default", "sales", "billing", "technical"]),
    ];

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Grains answer once everything has started.
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var onStarted = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken);
        await link.Connected.WaitAsync(stoppingToken);
        try
        {
            await SaveQueues(stoppingToken);
            await SaveAgents(stoppingToken);
            await Play(stoppingToken);
        }
        catch (Exception e) when (!stoppingToken.IsCancellationRequested)
        {
            log.LogWarning("The demonstration data is incomplete, and the next start with --demo goes on: {Reason}",
                e.Message);
        }
    }

    private async Task SaveQueues(CancellationToken cancellationToken)
    {
        var known = (await catalogue.Queues(cancellationToken)).Select(queue => queue.Id).ToHashSet();
        foreach (var (id, name) in s_queues.Where(queue => !known.Contains(queue.Id)))
        {
            await catalogue.Save(new QueueSettings { Id = id, Name = name }, cancellationToken);
            await grains.Of<IQueueGrain>(id).SettingsChanged();
        }
        await cache.Reload();
    }

    private async Task SaveAgents(CancellationToken cancellationToken)
    {
        var password = FirstAdministrator.NewPassword();
        var made = new List<string>();
        foreach (var agent in s_agents)
        {
            if (await accounts.FindByEmail(agent.Email, cancellationToken) is not null)
                continue;
            var account = new Account
            {
                AgentId = agent.Id,
                Email = agent.Email,
                Name = agent.Name,
                PasswordHash = await passwords.Hash(password) ?? throw new InvalidOperationException("Too busy."),
                Roles = agent.Roles,
                Queues = agent.Queues,
            };
            if (await accounts.Add(account, cancellationToken))
                made.Add(agent.Email);
        }
        if (made.Count > 0)
            await Console.Out.WriteLineAsync(
                $"""

                Demonstration agents, shown once:
                  e-mail    {string.Join(", ", made)}
                  password  {password}

                """);
    }

    private async Task Play(CancellationToken cancellationToken)
    {
        // Both languages in turn, and always the same ones.
        var dialogues = DialogueLibrary.Load().GroupBy(dialogue => dialogue.Locale)
            .SelectMany(locale => locale.Select((dialogue, n) => (dialogue, n)))
            .OrderBy(item => item.n).ThenBy(item => item.dialogue.Id, StringComparer.Ordinal)
            .Select(item => item.dialogue).Take(PlayedCount + WaitingCount).ToList();
        for (var i = 0; i < dialogues.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await Play(dialogues[i], s_agents[i % s_agents.Length], toTheEnd: i < PlayedCount);
        }
        log.LogInformation("Demonstration: {Count} conversations are there.", dialogues.Count);
    }

    private async Task Play(Dialogue dialogue, DemoAgent agent, bool toTheEnd)
    {
        var visitor = new Actor(
            ActorKind.Visitor, DerivedId.Of("demo-visitor", dialogue.Id), dialogue.Visitor.Name);
        // A supervisor may answer what it does not hold, so nobody need be online for it.
        var staff = new Actor(ActorKind.Agent, agent.Id, agent.Name) { IsSupervisor = true, Queues = agent.Queues };
        var form = ImmutableDictionary<string, string>.Empty.Add("name", dialogue.Visitor.Name);
        var receipt = await grains.Of<IVisitorGrain>($"{SiteKey}/{visitor.Id}").StartConversation(
            new StartRequest(visitor, dialogue.Id, dialogue.Locale, form, "turn-0", dialogue.Turns[0].Text));
        if (receipt.Refusal is not null || receipt.State == ConversationState.Closed)
            return;
        var conversation = grains.Of<IConversationGrain>(receipt.ConversationId);
        if (!toTheEnd)
            return;
        for (var i = 1; i < dialogue.Turns.Length; i++)
        {
            var turn = dialogue.Turns[i];
            var id = $"turn-{i}";
            ConversationCommand command = turn.By switch
            {
                DialogueTurnBy.Visitor => new PostMessage(visitor, id, turn.Text, null),
                DialogueTurnBy.Agent => new PostMessage(staff, id, turn.Text, null),
                _ => new AddNote(staff, id, turn.Text),
            };
            if ((await conversation.Execute(command)).Refusal is { } refusal)
            {
                log.LogDebug("Demonstration: {Dialogue} stopped: {Reason}", dialogue.Id, refusal.Message);
                return;
            }
        }
        await conversation.Execute(new CloseConversation(staff, "close", null));
        if (dialogue.Rating is { } rating)
            await conversation.Execute(new RateConversation(visitor, "rate", rating.Score, rating.Comment));
    }

    private sealed record DemoAgent(
        string Login, string Name, ImmutableArray<string> Roles, ImmutableArray<string> Queues)
    {
        public string Id => DerivedId.Of("demo-agent", Login);

        public string Email => $"{Login}@demo.example";
    }
}
