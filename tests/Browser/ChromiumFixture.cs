using CustomerService.Support.Servers;
using Microsoft.Playwright;

namespace CustomerService.Browser.Tests;

/// <summary>The distribution's Chromium, headless, one for all stories.</summary>
public sealed class ChromiumFixture : IAsyncLifetime
{
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async Task InitializeAsync()
    {
        _playwright = await Playwright.CreateAsync();
        // A machine that also builds is slow; what never comes still fails.
        Assertions.SetDefaultExpectTimeout(60_000);
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Environment.GetEnvironmentVariable("CHROMIUM") ?? "/usr/bin/chromium",
            Args = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        });
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
            await _browser.CloseAsync();
        _playwright?.Dispose();
    }

    /// <summary>A browser of a person's own: its cookies, storage, language and window.</summary>
    public async Task<Person> Person(string locale, int width = 1280, int height = 800)
    {
        var context = await _browser!.NewContextAsync(new BrowserNewContextOptions
        {
            Locale = locale,
            TimezoneId = "Asia/Shanghai",
            ViewportSize = new ViewportSize { Width = width, Height = height },
        });
        context.SetDefaultTimeout(60_000);
        return new Person(context, await context.NewPageAsync());
    }
}

/// <summary>Somebody in front of a page, and everything that went wrong on it.</summary>
public sealed class Person : IAsyncDisposable
{
    private const string NotReloaded = "window.__notReloaded === true";
    private readonly IBrowserContext _context;
    private readonly List<string> _violations = [];

    internal Person(IBrowserContext context, IPage page)
    {
        _context = context;
        Page = page;
        page.Console += (_, message) =>
        {
            if (message.Text.Contains("Content Security Policy", StringComparison.OrdinalIgnoreCase))
                _violations.Add(message.Text);
        };
        page.PageError += (_, error) => _violations.Add(error);
    }

    public IPage Page { get; }

    /// <summary>Uncaught script errors and violations of the content security policy: must stay empty.</summary>
    public IReadOnlyList<string> Violations => _violations;

    /// <summary>Marks the page, so that <see cref="WasReloaded"/> can tell.</summary>
    public Task Mark() => Page.EvaluateAsync("window.__notReloaded = true");

    /// <summary>Whether the page was loaded anew since <see cref="Mark"/>.</summary>
    public async Task<bool> WasReloaded() => !await Page.EvaluateAsync<bool>(NotReloaded);

    /// <summary>Keeps what the person sees under artifacts/screenshots.</summary>
    public async Task Screenshot(string name)
    {
        var folder = Path.Combine(ServerProcess.RepositoryRoot, "artifacts", "screenshots");
        Directory.CreateDirectory(folder);
        await Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, name + ".png") });
    }

    public async ValueTask DisposeAsync() => await _context.CloseAsync();
}
