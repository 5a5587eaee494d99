using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace CustomerService.WebFront.Hubs;

/// <summary>
/// SignalR's JSON protocol, and one thing more: behind the answer to a message goes what waits for the same connection,
/// which is mostly the message's own event. Two frames in one write cost the socket one. SignalR writes a connection's
/// frames one after the other, so nothing that is pushed meanwhile comes between them or before what it follows.
/// </summary>
internal sealed class FrontProtocol(JsonHubProtocol json) : IHubProtocol
{
    public string Name => json.Name;

    public int Version => json.Version;

    public TransferFormat TransferFormat => json.TransferFormat;

    public bool IsVersionSupported(int version) => json.IsVersionSupported(version);

    public bool TryParseMessage(
        ref ReadOnlySequence<byte> input, IInvocationBinder binder, [NotNullWhen(true)] out HubMessage? message) =>
        json.TryParseMessage(ref input, binder, out message);

    public void WriteMessage(HubMessage message, IBufferWriter<byte> output)
    {
        json.WriteMessage(message, output);
        if (message is CompletionMessage { Result: SendReply { Pushes: { } pushes } })
            pushes.WriteTo(output, this);
    }

    public ReadOnlyMemory<byte> GetMessageBytes(HubMessage message) => json.GetMessageBytes(message);
}
