using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CustomerService.Support;
using CustomerService.Support.Servers;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CustomerService.Browser.Tests;

/// <summary>A customer whom the shop's own server vouches for, on two devices; and what is left when it signs out.</summary>
public sealed class IdentityStoryTests(ChromiumFixture chromium) : IClassFixture<ChromiumFixture>
{
    [Fact]
    public async Task A_customer_finds_its_conversation_on_another_device_and_a_stranger_does_not()
    {
        using var data = new TemporaryFolder();
        await using var server = ServerProcess.Front(["--data", data.Path]);
        await server.Start().Ready(TimeSpan.FromMinutes(3));
        var secret = await Secret(server, await server.AdminToken());
        await using var desk = await chromium.Person("zh-CN");
        await using var phone = await chromium.Person("zh-CN", 390, 844);
        try
        {
            var here = new WidgetPage(desk.Page);
            await here.Open(server.Address);
            Assert.Null(await Identify(desk.Page, Token(secret, "7", "林女士")));
            await here.Write("我的灯还没有到");
            await Expect(here.Log).ToContainTextAsync("我的灯还没有到");
            // Stored: a device that comes before it began hears of it only when it comes again.
            await Expect(here.Log).ToContainTextAsync("已发送");

            // Before the window is opened for the first time.
            var there = new WidgetPage(phone.Page);
            await phone.Page.GotoAsync(new Uri(server.Address, "/demo/").ToString());
            await phone.Page.WaitForFunctionAsync("() => window.customerService");
            await phone.Page.EvaluateAsync(
                "token => window.customerService.identify({ token })", Token(secret, "7", "林女士"));
            await phone.Page.EvaluateAsync("() => window.customerService.open()");
            await Expect(there.Log).ToContainTextAsync("我的灯还没有到");
            await phone.Screenshot("identity-1-phone");

            // Signed out: whoever uses this browser next sees nothing of it.
            await phone.Page.EvaluateAsync("() => window.customerService.identify(null)");
            await Expect(there.Body).Not.ToContainTextAsync("我的灯还没有到");
            Assert.Equal("signature", await Identify(phone.Page, Token("forged"u8.ToArray(), "7", "林女士")));
            await Expect(there.Body).Not.ToContainTextAsync("我的灯还没有到");
            await phone.Screenshot("identity-2-stranger");
            Assert.Empty(desk.Violations);
            Assert.Empty(phone.Violations);
        }
        catch (Exception failure)
        {
            await desk.Screenshot("identity-failed-desk");
            await phone.Screenshot("identity-failed-phone");
            throw new InvalidOperationException($"{failure.Message}\n--- server ---\n{server.Output}", failure);
        }
    }

    /// <summary>Why it was refused; null where it counts. Said once, at any time: to hear nothing is a failure.</summary>
    private static Task<string?> Identify(IPage page, string token) => page.EvaluateAsync<string?>(
        """
        token => new Promise((resolve, reject) => {
          const late = setTimeout(() => reject(new Error('never identified')), 60_000);
          const stop = window.customerService.on('identified', ({ refused }) => {
            stop();
            clearTimeout(late);
            resolve(refused);
          });
          window.customerService.identify({ token });
        })
        """,
        token);

    private static async Task<byte[]> Secret(ServerProcess server, string token)
    {
        using var http = new HttpClient { BaseAddress = server.Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var answer = await http.PostAsync("/api/v1/sites/demo/identity-secret", null);
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return Encoding.ASCII.GetBytes(body.GetProperty("secret").GetString()!);
    }

    private static string Token(byte[] secret, string sub, string name)
    {
        static string Part(object value) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(value));
        var exp = DateTimeOffset.UtcNow.AddMinutes(10).ToUnixTimeSeconds();
        var signed = $"{Part(new { alg = "HS256", typ = "JWT" })}.{Part(new { sub, aud = "demo", exp, name })}";
        return $"{signed}.{Base64Url.EncodeToString(HMACSHA256.HashData(secret, Encoding.ASCII.GetBytes(signed)))}";
    }
}
