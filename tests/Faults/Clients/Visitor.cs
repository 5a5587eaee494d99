using System.Net.Http.Json;
using System.Text.Json;
using CustomerService.Checker.History;
using CustomerService.Faults.Stands;

namespace CustomerService.Faults.Clients;

/// <summary>A visitor's page.</summary>
internal sealed class Visitor : LiveClient
{
    private static readonly HttpClient Http = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromSeconds(20) })
    {
        Timeout = TimeSpan.FromSeconds(8),
    };

    private readonly Uri _server;
    private string? _visitorToken;
    private string? _token;

    public Visitor(RunHistory history, string name, Uri server)
        : base(history, name) => _server = server;

    /// <summary>Its id; empty before <see cref="Register"/>.</summary>
    public string VisitorId { get; private set; } = "";

    /// <summary>The conversation it is in.</summary>
    public string? Conversation { get; private set; }

    /// <summary>A bearer for REST.</summary>
    public string Token => _token ?? throw new InvalidOperationException("It was not registered.");

    protected override string Hub => "visitor";
    protected override string ResumeMethod => "Resume";

    /// <summary>Begins a session: the first request of a page.</summary>
    public async Task<Visitor> Register(CancellationToken cancellationToken = default)
    {
        await Session(cancellationToken);
        History.Add(new HistoryLine { Kind = LineKinds.Client, Client = Name, Actor = "visitor:" + VisitorId, Audience = "visitors" });
        return this;
    }

    /// <summary>A new bearer; the short-lived one dies with its hour.</summary>
    public async Task Session(CancellationToken cancellationToken = default)
    {
        using var answer = await Http.PostAsJsonAsync(
            new Uri(_server, "/api/v1/visitor-sessions"), new { siteKey = "demo", visitorToken = _visitorToken }, cancellationToken);
        answer.EnsureSuccessStatusCode();
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
        VisitorId = body.GetProperty("visitorId").GetString()!;
        _visitorToken = body.GetProperty("visitorToken").GetString()!;
        _token = body.GetProperty("token").GetString()!;
    }

    /// <summary>Begins a conversation with a first message.</summary>
    public async Task<string> Begin(string text)
    {
        var id = NewId();
        var answer = await Durably(
            "StartConversation", new { clientId = NewId(), message = new { clientMessageId = id, text } },
            new HistoryLine { Do = "start", Id = id, Content = text });
        Conversation = answer.GetProperty("conversationId").GetString()!;
        Follow(Conversation);
        return Conversation;
    }

    /// <summary>Says something; done when it is acknowledged.</summary>
    public async Task<long> Say(string text, string? id = null, string? lane = null)
    {
        id ??= NewId();
        var answer = await Durably(
            "SendMessage", new { conversationId = Conversation, clientMessageId = id, text },
            new HistoryLine { Do = "send", Id = id, Content = text, Conversation = Conversation, Lane = lane }, id);
        return answer.GetProperty("sequence").GetInt64();
    }

    /// <summary>Ends the conversation and leaves it.</summary>
    public async Task Finish()
    {
        await Durably("EndConversation", new { conversationId = Conversation, commandId = NewId() }, null);
        Forget(Conversation!);
    }

    protected override async Task<(Uri Server, string Token)> Enter(CancellationToken cancellationToken)
    {
        if (_token is null)
            await Session(cancellationToken);
        return (_server, Token);
    }

    private static string NewId() => Guid.NewGuid().ToString("N");
}
