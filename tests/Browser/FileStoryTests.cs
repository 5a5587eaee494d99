using System.Text;
using CustomerService.Support;
using CustomerService.Support.Servers;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CustomerService.Browser.Tests;

/// <summary>Pictures and files between a visitor and an agent, and names and contents that mean harm.</summary>
public sealed class FileStoryTests(ChromiumFixture chromium) : IClassFixture<ChromiumFixture>
{
    private const string Password = "a long enough password 2";
    private const string Hostile = "<img src=x onerror=alert(1)>\u202Egpj.txt";

    [Fact]
    public async Task Pictures_and_files_go_both_ways_and_harmful_ones_are_told_apart()
    {
        using var data = new TemporaryFolder();
        await using var server = ServerProcess.Front(["--data", data.Path]);
        await server.Start().Ready(TimeSpan.FromMinutes(3));
        await server.Hire(await server.AdminToken(), "li@example.test", "李雷", Password);
        await using var visitorPerson = await chromium.Person("zh-CN");
        await using var liPerson = await chromium.Person("en-GB", 1440, 900);
        try
        {
            await Story(server, visitorPerson, liPerson);
        }
        catch (Exception failure)
        {
            await visitorPerson.Screenshot("files-failed-visitor");
            await liPerson.Screenshot("files-failed-li");
            throw new InvalidOperationException($"{failure.Message}\n--- server ---\n{server.Output}", failure);
        }
    }

    private static async Task Story(ServerProcess server, Person visitorPerson, Person liPerson)
    {
        var visitor = new WidgetPage(visitorPerson.Page);
        var li = new ConsolePage(liPerson.Page);
        await visitor.Open(server.Address);
        var frame = visitorPerson.Page.FrameLocator("iframe");
        await frame.GetByRole(AriaRole.Button, new() { Name = "添加图片或文件" }).WaitForAsync();
        var picture = await visitorPerson.Page.ScreenshotAsync();

        // A picture chosen, one pasted, and a text under a name that would run, sent as the first message.
        var send = frame.GetByRole(AriaRole.Button, new() { Name = "发送" });
        await Choose(frame, ("照片.png", "image/png", picture));
        await frame.GetByLabel("消息", new() { Exact = true }).EvaluateAsync(
            """
            (box, base64) => {
              const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
              const data = new DataTransfer();
              data.items.add(new File([bytes], 'image.png', { type: 'image/png' }));
              box.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
            }
            """, Convert.ToBase64String(picture));
        await Choose(frame, (Hostile, "text/plain", "plain words"u8.ToArray()));
        await Expect(frame.GetByRole(AriaRole.List, new() { Name = "附件" }).Locator("li")).ToHaveCountAsync(3);
        await Expect(send).ToBeEnabledAsync();
        await visitorPerson.Screenshot("files-1-visitor-tray");
        await frame.GetByLabel("消息", new() { Exact = true }).FillAsync("<script>alert(1)</script> 收到的灯是坏的");
        await send.ClickAsync();
        await Expect(visitor.Log.GetByRole(AriaRole.Button, new() { NameRegex = new("^查看大图") })).ToHaveCountAsync(2);
        await Expect(visitor.Log.GetByRole(AriaRole.Link, new() { NameRegex = new("^下载") })).ToHaveCountAsync(1);

        // What lies about itself is refused in words, and removed.
        await Choose(frame, ("发票.pdf", "application/pdf", "no such thing"u8.ToArray()));
        await frame.GetByText("文件内容与扩展名不符").WaitForAsync();
        await Choose(frame, ("page.html", "text/html", "<script>alert(1)</script>"u8.ToArray()));
        await frame.GetByText("不支持这种文件").WaitForAsync();
        await visitorPerson.Screenshot("files-2-visitor-refused");
        await Accessible(visitorPerson.Page);
        while (await frame.GetByRole(AriaRole.Button, new() { NameRegex = new("^移除") }).CountAsync() is > 0 and var left)
        {
            await frame.GetByRole(AriaRole.Button, new() { NameRegex = new("^移除") }).First.ClickAsync();
            await Expect(frame.GetByRole(AriaRole.Button, new() { NameRegex = new("^移除") })).ToHaveCountAsync(left - 1);
        }

        // The agent sees them and answers with a file.
        await li.SignIn(server.Address, "li@example.test", Password);
        await li.GoOnline();
        await li.OpenConversation("收到的灯是坏的");
        await Expect(li.Log.GetByRole(AriaRole.Button, new() { NameRegex = new("^View larger") })).ToHaveCountAsync(2);
        var pictures = li.Log.Locator("svg image");
        await Expect(pictures.First).ToHaveAttributeAsync("href", new System.Text.RegularExpressions.Regex("^/api/v1/files/"));
        await liPerson.Page.GetByRole(AriaRole.Tab, new() { Name = "Reply" }).ClickAsync();
        await liPerson.Page.Locator("input[type=file]").SetInputFilesAsync(new FilePayload
        {
            Name = "退货说明.txt", MimeType = "text/plain", Buffer = Encoding.UTF8.GetBytes("请把灯放回原包装。"),
        });
        var reply = liPerson.Page.GetByRole(AriaRole.Button, new() { Name = "Send", Exact = true });
        await Expect(reply).ToBeEnabledAsync();
        await liPerson.Screenshot("files-3-console");
        await reply.ClickAsync();
        var link = visitor.Log.GetByRole(AriaRole.Link, new() { NameRegex = new("下载 ?退货说明.txt") });
        await Expect(link).ToHaveAttributeAsync("href", new System.Text.RegularExpressions.Regex("^/api/v1/files/"));
        var answer = await visitorPerson.Page.APIRequest.GetAsync(
            new Uri(server.Address, await link.GetAttributeAsync("href")).ToString());
        Assert.Equal("请把灯放回原包装。", await answer.TextAsync());
        Assert.StartsWith("attachment", answer.Headers["content-disposition"], StringComparison.Ordinal);
        await visitor.Log.GetByRole(AriaRole.Button, new() { Name = "查看大图：照片.png" }).ClickAsync();
        await Expect(frame.GetByRole(AriaRole.Dialog)).ToBeVisibleAsync();
        await visitorPerson.Screenshot("files-4-visitor-large");
        await frame.GetByRole(AriaRole.Button, new() { Name = "关闭", Exact = true }).ClickAsync();

        // After a reload everything comes from the server, nothing from this browser.
        await visitorPerson.Page.ReloadAsync();
        await visitorPerson.Page.GetByRole(AriaRole.Button, new() { NameRegex = new("打开在线客服") }).ClickAsync();
        await Expect(visitor.Log.Locator("svg image").First).ToHaveAttributeAsync(
            "href", new System.Text.RegularExpressions.Regex("^/api/v1/files/"));
        await visitorPerson.Screenshot("files-5-visitor-reloaded");
        await liPerson.Screenshot("files-5-console");
        await Accessible(visitorPerson.Page);
        foreach (var person in new[] { visitorPerson, liPerson })
        {
            Assert.Empty(person.Violations);
            // The harmful name is shown, without what would turn it round, and made no element.
            Assert.Equal(0, await person.Page.Locator("img[src='x']").CountAsync());
        }
        Assert.Contains("gpj.txt", await visitor.Body.InnerTextAsync(), StringComparison.Ordinal);
    }

    private static Task Choose(IFrameLocator frame, params (string Name, string Type, byte[] Data)[] files) =>
        frame.Locator("input[type=file]").SetInputFilesAsync(files.Select(file => new FilePayload
        {
            Name = file.Name, MimeType = file.Type, Buffer = file.Data,
        }));

    internal static async Task Accessible(IPage page)
    {
        var found = await page.RunAxe(new AxeRunOptions
        {
            RunOnly = new RunOnlyOptions { Type = "tag", Values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] },
        });
        Assert.True(
            found.Violations.Length == 0,
            string.Join("\n", found.Violations.Select(v => $"{v.Id}: {string.Join(" | ", v.Nodes.Select(n => n.Html))}")));
    }
}
