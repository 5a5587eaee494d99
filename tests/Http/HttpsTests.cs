using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CustomerService.Support;

namespace CustomerService.Http.Tests;

/// <summary>What changes over HTTPS, by Kestrel's standard configuration.</summary>
public sealed class HttpsTests
{
    [Fact]
    public async Task The_cookie_is_host_bound_and_answers_carry_strict_transport_security()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "own.pfx");
        await File.WriteAllBytesAsync(file, SelfSigned());
        await using var host = await ProductHost.Start(new()
        {
            ["urls"] = "https://127.0.0.1:0",
            ["Kestrel:Certificates:Default:Path"] = file,
            ["Kestrel:Certificates:Default:Password"] = "x",
        });
        using var http = new HttpClient(new HttpClientHandler
        {
            UseCookies = false,
            ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator,
        })
        { BaseAddress = host.Address };

        using var answer = await http.PostAsJsonAsync(
            "/api/v1/agent-sessions", new { email = ProductHost.AdminEmail, password = ProductHost.AdminPassword });
        await ProductHost.Json(answer, HttpStatusCode.OK);
        Assert.Contains("max-age=", answer.Headers.GetValues("Strict-Transport-Security").Single(),
            StringComparison.Ordinal);
        var cookie = answer.Headers.GetValues("Set-Cookie").Single();
        Assert.StartsWith("__Host-", cookie, StringComparison.Ordinal);
        foreach (var part in new[] { "secure", "httponly", "samesite=strict", "path=/" })
            Assert.Contains(part, cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("domain=", cookie, StringComparison.OrdinalIgnoreCase);

        using var refresh = new HttpRequestMessage(HttpMethod.Post, "/api/v1/agent-sessions/refresh");
        refresh.Headers.Add("Cookie", cookie.Split(';')[0]);
        refresh.Headers.Add("Origin", host.Origin);
        using var renewed = await http.SendAsync(refresh);
        await ProductHost.Json(renewed, HttpStatusCode.OK);
    }

    private static byte[] SelfSigned()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest(
            "CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(
            DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return certificate.Export(X509ContentType.Pfx, "x");
    }
}
