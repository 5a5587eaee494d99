using Microsoft.Playwright;

namespace CustomerService.Browser.Tests;

/// <summary>The widget as its visitor uses it: by what is written on it.</summary>
internal sealed class WidgetPage(IPage page)
{
    private IFrameLocator Frame => page.FrameLocator("iframe");

    /// <summary>Everything in the conversation, as one text.</summary>
    public ILocator Log => Frame.GetByRole(AriaRole.Log);

    /// <summary>All of the frame, waiting card and banners included.</summary>
    public ILocator Body => Frame.Locator("body");

    public async Task Open(Uri server)
    {
        await page.GotoAsync(new Uri(server, "/demo/").ToString());
        await page.GetByRole(AriaRole.Button, new() { Name = "打开在线客服" }).ClickAsync();
    }

    public async Task Write(string text)
    {
        await Frame.GetByLabel("消息", new() { Exact = true }).FillAsync(text);
        await page.Keyboard.PressAsync("Enter");
    }

    /// <summary>Types without sending.</summary>
    public Task Type(string text) =>
        Frame.GetByLabel("消息", new() { Exact = true }).PressSequentiallyAsync(text);

    public async Task Rate(int stars, string comment)
    {
        await Frame.GetByLabel($"{stars} 星").CheckAsync(new() { Force = true });
        await Frame.GetByLabel("想补充点什么？（选填）").FillAsync(comment);
        await Frame.GetByRole(AriaRole.Button, new() { Name = "提交评价" }).ClickAsync();
        await Frame.GetByText("谢谢您的评价").WaitForAsync();
    }
}
