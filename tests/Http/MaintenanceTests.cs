using System.Collections.Immutable;
using System.Net;
using CustomerService.Support;
using CustomerService.WebFront.Maintenance;

namespace CustomerService.Http.Tests;

/// <summary>A maintenance window: which there can be, who may announce it, and what the front does at its time. What people
/// are told is in tests/Front.</summary>
public sealed class MaintenanceTests
{
    private const string Path = "/api/v1/system/maintenance";
    private static readonly DateTimeOffset s_now = new(2026, 5, 1, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_window_ahead_with_both_languages_is_taken()
    {
        var (window, refusal) = MaintenanceRules.Make(Given(), s_now);
        Assert.Null(refusal);
        Assert.Equal((s_now.AddHours(1), 30, "Soon."), (window!.StartsAt, window.Minutes, window.Text["en"]));
        var stored = MaintenanceWindow.Read(window.Stored())!;
        Assert.Equal((window.StartsAt, window.Minutes, "即将维护。"), (stored.StartsAt, stored.Minutes, stored.Text["zh-CN"]));
        Assert.Null(MaintenanceWindow.Read("of another version"));
    }

    [Theory]
    [InlineData(0, 30, RefusalCode.Invalid)]
    [InlineData(-60, 30, RefusalCode.Invalid)]
    [InlineData((60 * 24 * 60) + 1, 30, RefusalCode.Invalid)]
    [InlineData(60, 0, RefusalCode.Invalid)]
    [InlineData(60, 1_441, RefusalCode.Invalid)]
    [InlineData(60, null, RefusalCode.Invalid)]
    [InlineData(null, 30, RefusalCode.Invalid)]
    public void Times_out_of_range_are_refused(int? minutesAhead, int? minutes, RefusalCode code) => Assert.Equal(
        code, Refused(Given() with { StartsAt = minutesAhead is { } ahead ? s_now.AddMinutes(ahead) : null, Minutes = minutes }));

    [Theory]
    [InlineData(null, "Soon.", RefusalCode.Invalid)]
    [InlineData(" ", "Soon.", RefusalCode.Invalid)]
    [InlineData("即将维护。", "", RefusalCode.Invalid)]
    public void Texts_are_in_both_languages(string? zh, string? en, RefusalCode code) => Assert.Equal(code, Refused(Texts(zh, en)));

    [Fact]
    public void Texts_have_300_units_at_most()
    {
        var longest = new string('x', MaintenanceRules.TextLengthMax);
        Assert.Null(MaintenanceRules.Make(Texts(longest, longest), s_now).Refusal);
        Assert.Equal(RefusalCode.TooLong, Refused(Texts("即将维护。", longest + "x")));
        Assert.Equal(RefusalCode.Invalid, Refused(Given() with { Text = Given().Text!.Append(new("fr", "Bientôt.")).ToDictionary() }));
    }

    [Fact]
    public void Fronts_that_started_since_it_began_take_people_and_visitors_hear_of_it_a_day_ahead()
    {
        var window = MaintenanceRules.Make(Given() with { StartsAt = s_now.AddHours(30) }, s_now).Window!;
        Assert.True(window.IsTold(toVisitor: false, s_now));
        Assert.False(window.IsTold(toVisitor: true, s_now));
        Assert.True(window.IsTold(toVisitor: true, s_now.AddHours(6)));
        Assert.False(window.Moves(s_now.AddHours(29), s_now));
        Assert.True(window.Moves(s_now.AddHours(30), s_now));
        Assert.False(window.Moves(s_now.AddHours(30.1), s_now.AddHours(30.05)));
        Assert.False(window.Moves(window.EndsAt, s_now));
        Assert.False(window.IsTold(toVisitor: false, window.EndsAt));
    }

    [Fact]
    public async Task It_is_announced_changed_begun_and_called_off()
    {
        await using var host = await ProductHost.Start(new() { ["Drain:RetryAfterMsMax"] = "0" });
        var admin = await host.SignIn();
        var agent = await host.Hire("maintenance@example.test", "a password of one's own", "supervisor");
        var body = new { startsAt = DateTimeOffset.UtcNow.AddHours(2), minutes = 20, text = Given().Text };
        using (var refused = await host.Send(HttpMethod.Put, Path, body, agent.Token))
            await ProductHost.Problem(refused, 403, "Forbidden");
        using (var past = await host.Send(HttpMethod.Put, Path, body with { startsAt = DateTimeOffset.UtcNow.AddMinutes(-1) }, admin.Token))
            await ProductHost.Problem(past, 400, "Invalid");
        using (var none = await host.Post(Path + "/drain", token: admin.Token))
            await ProductHost.Problem(none, 404, "NotFound");

        using (var announced = await host.Send(HttpMethod.Put, Path, body, admin.Token))
            await ProductHost.Json(announced, HttpStatusCode.OK);
        using (var changed = await host.Send(HttpMethod.Put, Path, body with { minutes = 25 }, admin.Token))
            await ProductHost.Json(changed, HttpStatusCode.OK);
        using (var seen = await host.Get(Path, agent.Token))
        {
            var window = (await ProductHost.Json(seen, HttpStatusCode.OK)).GetProperty("maintenance");
            Assert.Equal((25, "Soon."), (window.GetProperty("minutes").GetInt32(), window.GetProperty("text").GetProperty("en").GetString()));
        }
        Assert.Equal(HttpStatusCode.OK, await Ready(host));

        using (var begun = await host.Post(Path + "/drain", token: admin.Token))
            await ProductHost.Json(begun, HttpStatusCode.OK);
        await Await.Until("it takes nobody", async () => await Ready(host) == HttpStatusCode.ServiceUnavailable);
        using (var off = await host.Send(HttpMethod.Delete, Path, token: admin.Token))
            Assert.Equal(HttpStatusCode.NoContent, off.StatusCode);
        await Await.Until("it takes people again", async () => await Ready(host) == HttpStatusCode.OK, TimeSpan.FromSeconds(60));
        using var gone = await host.Get(Path, agent.Token);
        Assert.False((await ProductHost.Json(gone, HttpStatusCode.OK)).TryGetProperty("maintenance", out _));
    }

    private static MaintenanceRequest Given() => Texts("即将维护。", " Soon. ");

    private static MaintenanceRequest Texts(string? zh, string? en) => new(
        s_now.AddHours(1), 30, ImmutableDictionary<string, string?>.Empty.Add("zh-CN", zh).Add("en", en));

    private static RefusalCode? Refused(MaintenanceRequest request)
    {
        var (window, refusal) = MaintenanceRules.Make(request, s_now);
        Assert.Null(window);
        return refusal!.Code;
    }

    private static async Task<HttpStatusCode> Ready(ProductHost host)
    {
        using var answer = await host.Get("/health/ready");
        return answer.StatusCode;
    }
}
