// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import hnv.app.cli.PolicyFile;
import hnv.app.cli.Refusal;
import hnv.app.host.OfflineHost;
import hnv.app.json.Json;
import hnv.app.json.JsonReader;
import hnv.model.ResourceId;
import hnv.vswitch.VSwitch;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// Reads a node's configuration and lists everything that is wrong with it. Owned by one reading.
public final class NodeConfigurationReader {
  private static final int MAX_OCTETS = 1 << 20;
  private static final int MAX_DEVICE_NAME = 15;
  private static final String UNDERLAY_DEVICE = "$.underlay.device";
  private static final int MAX_SOCKET_PATH = 107; // sun_path of unix(7), less its final zero

  private static final Set<String> MEMBERS =
      Set.of(
          "server",
          "policy",
          "underlay",
          "ports",
          "outside",
          "controlSocket",
          "vxlanPort",
          "offload",
          "limits");

  private final Path file;
  private final List<String> problems = new ArrayList<>();
  private final Map<String, String> pathOfDevice = new HashMap<>();

  /// Of ports of VMs and of the outside, in lower case: they share the names that people see.
  private final Set<String> portNames = new HashSet<>();

  private NodeConfigurationReader(Path file) {
    this.file = file;
  }

  /// Reads a file. Paths in it are relative to its folder.
  ///
  /// @throws Refusal with every problem, each with its JSON path
  public static NodeConfiguration read(Path file) throws Refusal {
    byte[] text;
    try (InputStream in = Files.newInputStream(file)) {
      text = in.readNBytes(MAX_OCTETS + 1);
    } catch (IOException e) {
      throw new Refusal("--config: " + PolicyFile.unreadable(file, e));
    }
    return parse(file, text);
  }

  /// What a file with these octets says.
  ///
  /// @throws Refusal with every problem, each with its JSON path
  static NodeConfiguration parse(Path file, byte[] text) throws Refusal {
    return new NodeConfigurationReader(file).parse(text);
  }

  private NodeConfiguration parse(byte[] text) throws Refusal {
    if (text.length > MAX_OCTETS) {
      throw new Refusal("--config: " + file + " has more than " + MAX_OCTETS + " octets");
    }
    Json json;
    try {
      json = JsonReader.read(text);
    } catch (JsonReader.MalformedJson e) {
      throw new Refusal("--config: " + file + " is no JSON: " + e.getMessage());
    }
    if (!(json instanceof Json.Members object)) {
      throw new Refusal("--config: " + file + ": $: an object is wanted");
    }
    NodeConfiguration configuration = configuration(object);
    if (!problems.isEmpty()) {
      List<String> lines = new ArrayList<>();
      lines.add("--config: " + file + " is refused:");
      problems.forEach(problem -> lines.add("  " + problem));
      throw new Refusal(lines);
    }
    return configuration;
  }

  private NodeConfiguration configuration(Json.Members object) {
    knownOnly("$", object, MEMBERS);
    String server = text("$", object, "server");
    if (!server.isEmpty() && !ResourceId.isValid(server)) {
      problems.add("$.server: \"" + server + "\" cannot be a resourceId");
    }
    String policy = text("$", object, "policy");
    String underlay = "";
    if (object.get("underlay") instanceof Json.Members under) {
      knownOnly("$.underlay", under, Set.of("device"));
      underlay = text("$.underlay", under, "device");
      checkDevice(UNDERLAY_DEVICE, underlay);
    } else {
      problems.add("$.underlay: an object {\"device\": NAME} is wanted");
    }
    return new NodeConfiguration(
        server,
        resolve("$.policy", policy),
        underlay,
        ports(object),
        outside(object),
        controlSocket(object),
        vxlanPort(object),
        offload(object),
        limits(object));
  }

  private Path resolve(String at, String path) {
    Path folder = file.toAbsolutePath().getParent();
    try {
      return folder == null ? Path.of(path) : folder.resolve(path);
    } catch (InvalidPathException e) {
      // A zero octet, or a character that the machine's encoding of file names has not.
      problems.add(at + ": no file can have this name: " + e.getReason());
      return file;
    }
  }

  private void knownOnly(String path, Json.Members object, Set<String> known) {
    for (String name : object.members().keySet()) {
      if (!known.contains(name)) {
        problems.add(
            path
                + "."
                + name
                + ": there is no such property; there are "
                + String.join(", ", known.stream().sorted().toList()));
      }
    }
  }

  private String text(String path, Json.Members object, String name) {
    if (object.get(name) instanceof Json.Text(String value) && !value.isBlank()) {
      return value;
    }
    problems.add(path + "." + name + ": a text is wanted");
    return "";
  }

  private Map<String, String> ports(Json.Members object) {
    Map<String, String> ports = new LinkedHashMap<>();
    Json value = object.get("ports");
    if (value == null) {
      return ports;
    }
    if (!(value instanceof Json.Members members)) {
      problems.add("$.ports: an object {INTERFACE: DEVICE, ...} is wanted");
      return ports;
    }
    if (members.members().size() > NodeConfiguration.MAX_PORTS) {
      problems.add("$.ports: more than " + NodeConfiguration.MAX_PORTS + " ports");
    }
    for (String name : members.members().keySet()) {
      String path = "$.ports[\"" + name + "\"]";
      checkPortName(path, name);
      if (members.get(name) instanceof Json.Text(String device)) {
        checkDevice(path, device);
        ports.put(name, device);
      } else {
        problems.add(path + ": the name of a device is wanted");
      }
    }
    return ports;
  }

  private void checkPortName(String path, String name) {
    if (!ResourceId.isValid(name)) {
      problems.add(path + ": \"" + name + "\" cannot be a resourceId");
    } else if (name.equalsIgnoreCase(OfflineHost.UNDERLAY)) {
      problems.add(path + ": the underlay's port is called so");
    } else if (!portNames.add(name.toLowerCase(Locale.ROOT))) {
      problems.add(path + ": stands twice; case makes no difference");
    }
  }

  private Map<String, OutsideDevice> outside(Json.Members object) {
    Map<String, OutsideDevice> outside = new LinkedHashMap<>();
    Json value = object.get("outside");
    if (value == null) {
      return outside;
    }
    if (!(value instanceof Json.Members members)) {
      problems.add("$.outside: an object {NAME: {\"device\": DEVICE}, ...} is wanted");
      return outside;
    }
    if (members.members().size() > NodeConfiguration.MAX_OUTSIDE) {
      problems.add("$.outside: more than " + NodeConfiguration.MAX_OUTSIDE + " devices");
    }
    if (portNames.size() + members.members().size() > NodeConfiguration.MAX_PORTS) {
      problems.add(
          "$.outside: more than " + NodeConfiguration.MAX_PORTS + " ports with those of $.ports");
    }
    for (String name : members.members().keySet()) {
      String path = "$.outside[\"" + name + "\"]";
      checkPortName(path, name);
      if (members.get(name) instanceof Json.Members device) {
        outside.put(name, outsideDevice(path, device));
      } else {
        problems.add(path + ": an object {\"device\": DEVICE} is wanted");
      }
    }
    return outside;
  }

  private OutsideDevice outsideDevice(String path, Json.Members device) {
    knownOnly(path, device, Set.of("device", "shared"));
    boolean shared = false;
    if (device.get("shared") instanceof Json.Flag(boolean wanted)) {
      shared = wanted;
    } else if (device.get("shared") != null) {
      problems.add(path + ".shared: true or false is wanted");
    }
    String called = text(path, device, "device");
    // The underlay's device is the host's as well: what is whose is told packet by packet.
    if (shared && UNDERLAY_DEVICE.equals(pathOfDevice.get(called))) {
      pathOfDevice.put(called, path + ".device");
    } else {
      checkDevice(path + ".device", called);
    }
    return new OutsideDevice(called, shared);
  }

  private NodeLimits limits(Json.Members object) {
    Json value = object.get("limits");
    if (value == null) {
      return NodeLimits.DEFAULT;
    }
    if (!(value instanceof Json.Members members)) {
      problems.add("$.limits: an object {\"flows\": NUMBER, ...} is wanted");
      return NodeLimits.DEFAULT;
    }
    knownOnly(
        "$.limits", members, Set.of("flows", "connections", "natSessions", "unsolicitedSyns"));
    return new NodeLimits(
        size(members, "flows", NodeLimits.DEFAULT.flows()),
        size(members, "connections", NodeLimits.DEFAULT.connections()),
        size(members, "natSessions", NodeLimits.DEFAULT.natSessions()),
        limit(
            members,
            "unsolicitedSyns",
            NodeLimits.DEFAULT.unsolicitedSyns(),
            0,
            NodeLimits.MOST_SYNS));
  }

  private int size(Json.Members limits, String name, int otherwise) {
    return limit(limits, name, otherwise, NodeLimits.LEAST, NodeLimits.MOST);
  }

  private int limit(Json.Members limits, String name, int otherwise, int least, int most) {
    Json value = limits.get(name);
    if (value == null) {
      return otherwise;
    }
    if (value instanceof Json.Whole(long limit) && limit >= least && limit <= most) {
      return (int) limit;
    }
    problems.add("$.limits." + name + ": a number, " + least + " to " + most + ", is wanted");
    return otherwise;
  }

  private void checkDevice(String path, String device) {
    if (device.isEmpty()) {
      return; // reported already
    }
    boolean valid =
        device.getBytes(StandardCharsets.UTF_8).length <= MAX_DEVICE_NAME
            && device.chars().allMatch(c -> c > ' ' && c <= '~' && c != '/' && c != ':')
            && !device.equals(".")
            && !device.equals("..");
    if (!valid) {
      problems.add(
          path
              + ": \""
              + device
              + "\" is not the name of a network device: 1 to 15 characters,"
              + " no space, / or :");
    }
    String other = pathOfDevice.putIfAbsent(device, path);
    if (other != null) {
      String shared =
          other.equals(UNDERLAY_DEVICE) && path.startsWith("$.outside")
              ? "; with \"shared\": true both may have it"
              : "";
      problems.add(path + ": the device " + device + " is that of " + other + " already" + shared);
    }
  }

  private Path controlSocket(Json.Members object) {
    if (object.get("controlSocket") == null) {
      return NodeConfiguration.DEFAULT_CONTROL_SOCKET;
    }
    Path socket = resolve("$.controlSocket", text("$", object, "controlSocket"));
    if (socket.toString().getBytes(StandardCharsets.UTF_8).length > MAX_SOCKET_PATH) {
      problems.add("$.controlSocket: " + socket + " is longer than " + MAX_SOCKET_PATH + " octets");
    }
    return socket;
  }

  private int vxlanPort(Json.Members object) {
    Json value = object.get("vxlanPort");
    if (value == null) {
      return VSwitch.DEFAULT_VXLAN_PORT;
    }
    if (value instanceof Json.Whole(long port) && port >= 1 && port <= 65_535) {
      return (int) port;
    }
    problems.add("$.vxlanPort: a port number, 1 to 65535, is wanted");
    return VSwitch.DEFAULT_VXLAN_PORT;
  }

  private boolean offload(Json.Members object) {
    Json value = object.get("offload");
    if (value == null || (value instanceof Json.Flag(boolean wanted) && wanted)) {
      return true;
    }
    if (!(value instanceof Json.Flag)) {
      problems.add("$.offload: true or false is wanted");
    }
    return false;
  }
}
