using System.Net.WebSockets;
using CustomerService.WebFront.Hubs;

namespace CustomerService.FrontTests;

public sealed class OriginRuleTests
{
    [Theory]
    // origin, credential, allowed?
    [InlineData(null, HandshakeCredential.Bearer, true)]
    [InlineData(null, HandshakeCredential.None, true)] // Sign-in answers 401.
    [InlineData(null, HandshakeCredential.Cookie, false)]
    [InlineData("", HandshakeCredential.Cookie, false)]
    [InlineData("https://chat.example", HandshakeCredential.Cookie, true)]
    [InlineData("https://chat.example:443", HandshakeCredential.Cookie, true)]
    [InlineData("https://CHAT.example", HandshakeCredential.Bearer, true)]
    [InlineData("http://chat.example", HandshakeCredential.Bearer, false)]
    [InlineData("https://chat.example:8443", HandshakeCredential.Bearer, false)]
    [InlineData("https://shop.example", HandshakeCredential.Bearer, true)]
    [InlineData("https://shop.example", HandshakeCredential.Cookie, true)]
    [InlineData("https://shop.example.evil.example", HandshakeCredential.Bearer, false)]
    [InlineData("https://evil.example", HandshakeCredential.Bearer, false)]
    [InlineData("https://evil.example", HandshakeCredential.Cookie, false)]
    [InlineData("https://shop.example@evil.example", HandshakeCredential.Bearer, false)]
    [InlineData("null", HandshakeCredential.Bearer, false)]
    [InlineData("null", HandshakeCredential.Cookie, false)]
    [InlineData("file://", HandshakeCredential.Bearer, false)]
    [InlineData("https://shop.example/path", HandshakeCredential.Bearer, false)]
    [InlineData("nonsense", HandshakeCredential.Bearer, false)]
    public void Table(string? origin, HandshakeCredential credential, bool allowed) => Assert.Equal(
        allowed,
        OriginRule.Allows(origin, credential, "https://chat.example", ["https://shop.example", "https://b.example:81"]));

    [Theory]
    // What frame-ancestors lets through, and nothing else.
    [InlineData(null, true)] // A page of the server's own.
    [InlineData("https://chat.example", true)]
    [InlineData("https://shop.example", true)]
    [InlineData("http://shop.example", false)]
    [InlineData("http://old.example", true)]
    [InlineData("https://old.example", true)]
    [InlineData("https://old.example:8443", false)]
    [InlineData("https://evil.example", false)]
    [InlineData("null", false)]
    public void Frames(string? origin, bool allowed) => Assert.Equal(
        allowed, OriginRule.MayFrame(origin, "https://chat.example", ["https://shop.example", "http://old.example"]));

    [Theory]
    // Over the wire: hub, token, cookie, origin, status.
    [InlineData("visitor", true, "https://evil.example", 403)]
    [InlineData("visitor", true, "https://shop.example", 101)] // The visitor's site.
    [InlineData("visitor", true, "https://configured.example", 101)]
    [InlineData("visitor", true, null, 101)]
    [InlineData("visitor", true, "null", 403)]
    [InlineData("agent", true, "https://shop.example", 403)] // A site is no console.
    [InlineData("agent", false, null, 403)]
    [InlineData("agent", false, "https://evil.example", 403)]
    [InlineData("agent", false, "own", 101)]
    public async Task Handshakes(string hub, bool byBearer, string? origin, int status)
    {
        await using var front = await TestFront.Start(("Origins:0", "https://configured.example"));
        front.World.SignIn("s-ann", "ann");
        var token = hub == "visitor" ? "v.demo.vera.vera" : "a.ann.s-ann";
        var headers = new List<(string, string)>();
        if (origin is not null)
            headers.Add(("Origin", origin == "own" ? front.Url : origin));
        if (!byBearer)
            headers.Add(("Cookie", "session=" + token));
        var connecting = front.Socket(hub, byBearer ? token : null, [.. headers]);
        if (status == 101)
            (await connecting).Dispose();
        else
            Assert.Contains($"'{status}'", (await Assert.ThrowsAsync<WebSocketException>(() => connecting)).Message,
                StringComparison.Ordinal);
    }
}
