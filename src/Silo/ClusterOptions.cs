using System.Net;
using Microsoft.Extensions.Configuration;

namespace CustomerService.Hosting;

/// <summary>Which cluster a process belongs to and where it listens for the others: section <c>Cluster</c>.</summary>
public sealed class ClusterOptions
{
    /// <summary>Names the installation; stored snapshots belong to it, so it never changes.</summary>
    public string ServiceId { get; set; } = "customer-service";

    /// <summary>Names the cluster in the membership table. Processes of one cluster share it.</summary>
    public string ClusterId { get; set; } = "main";

    /// <summary>True for a web front that is a client of silos in other processes; it needs PostgreSQL. False: the web
    /// front hosts the only silo itself.</summary>
    public bool Join { get; set; }

    /// <summary>The address other processes reach this silo by, and the only one it listens on. These ports trust who
    /// connects: keep them off public networks.</summary>
    public string Address { get; set; } = "127.0.0.1";

    /// <summary>Port for other silos, 0 to 65,535. 0 (the default) takes a free one; the membership table tells the
    /// others.</summary>
    public int SiloPort { get; set; }

    /// <summary>Port for fronts, 0 to 65,535. 0 (the default) takes a free one. Not used by a silo that is alone.</summary>
    public int GatewayPort { get; set; }

    /// <summary>Reads and checks the section.</summary>
    public static ClusterOptions Read(IConfiguration configuration)
    {
        var options = new ClusterOptions();
        try
        {
            configuration.GetSection("Cluster").Bind(options);
        }
        catch (InvalidOperationException e)
        {
            throw new StartupException($"A setting of section Cluster can't be read: {e.Message}");
        }
        if (!IPAddress.TryParse(options.Address, out _))
            throw new StartupException($"Setting Cluster:Address is '{options.Address}', which is no IP address.");
        CheckPort(nameof(SiloPort), options.SiloPort);
        CheckPort(nameof(GatewayPort), options.GatewayPort);
        if (string.IsNullOrWhiteSpace(options.ServiceId) || string.IsNullOrWhiteSpace(options.ClusterId))
            throw new StartupException("Settings Cluster:ServiceId and Cluster:ClusterId must not be empty.");
        return options;
    }

    private static void CheckPort(string name, int port)
    {
        if (port is < 0 or > 65_535)
            throw new StartupException($"Setting Cluster:{name} is {port}; it must be from 0 to 65535.");
    }
}
