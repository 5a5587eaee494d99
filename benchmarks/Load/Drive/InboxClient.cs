using System.Text.Json;

namespace CustomerService.Load.Drive;

/// <summary>An agent of whom only the inbox matters: it says what came and subscribes to nothing.</summary>
public sealed class InboxClient(Uri hub, string? token, HttpMessageInvoker invoker, RunRecord record, Action<string> added)
    : HubClient(hub, token, true, invoker, record)
{
    protected override void OnInboxChanged(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body);
        using var document = JsonDocument.ParseValue(ref reader);
        var change = document.RootElement[0];
        if (change.GetProperty("change").GetString() == "added" && change.TryGetProperty("conversation", out var line))
            added(line.GetProperty("conversationId").GetString()!);
    }
}
