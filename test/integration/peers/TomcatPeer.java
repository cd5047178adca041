import jakarta.websocket.ClientEndpointConfig;
import jakarta.websocket.CloseReason;
import jakarta.websocket.ContainerProvider;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.Extension;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnMessage;
import jakarta.websocket.PongMessage;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpoint;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.catalina.Context;
import org.apache.catalina.servlets.DefaultServlet;
import org.apache.catalina.startup.ExpandWar;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.websocket.server.WsSci;

/**
 * The WebSocket server and client of Tomcat, started by `peer-program.ts` as a source file.
 *
 * Prints `listening PORT`, then takes commands on standard input, a line each: `CASE URL plain|compressed`. Each connects to that URL, plays the
 * case and prints `answer ...`. The server prints `closed CODE REASON` for each connection. Ends with its input.
 */
public class TomcatPeer {
    private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);

    public static void main(String[] arguments) throws Exception {
        Logger.getLogger("org.apache").setLevel(Level.SEVERE);
        Path folder = Files.createTempDirectory("tomcat-peer");
        try {
            OUT.println("listening " + start(folder.toString()));
            BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (String line = input.readLine(); line != null; line = input.readLine()) {
                String[] words = line.split(" ");
                OUT.println("answer " + answer(words[0], words[1], words[2]));
            }
        } finally {
            ExpandWar.delete(folder.toFile());
        }
        // The threads of the server and of the client would go on.
        System.exit(0);
    }

    private static int start(String folder) throws Exception {
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(folder);
        tomcat.setPort(0);
        tomcat.getConnector().setProperty("address", "127.0.0.1");
        Context context = tomcat.addContext("", folder);
        Tomcat.addServlet(context, "default", new DefaultServlet()).addMapping("/");
        context.addServletContainerInitializer(new WsSci(), Set.of(Whole.class, Parts.class));
        tomcat.start();
        return tomcat.getConnector().getLocalPort();
    }

    /** Does what the endpoints of `peer-cases.ts` do. */
    @ServerEndpoint(value = "/peer", subprotocols = {"two", "three"})
    public static class Whole {
        @OnMessage(maxMessageSize = 100_000)
        public String text(Session session, String text) throws IOException {
            switch (text) {
                case "close" -> session.close(new CloseReason(closeCode(4002), "bye"));
                case "ping" -> session.getBasicRemote().sendPing(ByteBuffer.wrap("there?".getBytes()));
                default -> {
                    return "heard " + text;
                }
            }
            return null;
        }

        @OnMessage(maxMessageSize = 100_000)
        public byte[] binary(byte[] bytes) {
            byte[] reversed = new byte[bytes.length];
            for (int at = 0; at < bytes.length; at++) reversed[at] = bytes[bytes.length - 1 - at];
            return reversed;
        }

        @OnMessage
        public void pong(Session session, PongMessage pong) throws IOException {
            session.getBasicRemote().sendText("pong " + StandardCharsets.UTF_8.decode(pong.getApplicationData()));
        }

        @OnClose
        public void closed(CloseReason reason) {
            OUT.println("closed " + reason.getCloseCode().getCode() + " " + reason.getReasonPhrase());
        }
    }

    @ServerEndpoint("/peer/parts")
    public static class Parts {
        @OnMessage
        public void part(Session session, String part, boolean last) throws IOException {
            session.getBasicRemote().sendText("[" + part + "]", last);
        }
    }

    private static CloseReason.CloseCode closeCode(int code) {
        return CloseReason.CloseCodes.getCloseCode(code);
    }

    /** Queues what it hears. */
    private static class Listener extends Endpoint {
        final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        private String text = "";

        @Override
        public void onOpen(Session session, EndpointConfig config) {
            session.setMaxBinaryMessageBufferSize(100_000);
            session.addMessageHandler(String.class, (MessageHandler.Partial<String>) (part, last) -> {
                text += part;
                if (!last) return;
                heard.add(text);
                text = "";
            });
            session.addMessageHandler(byte[].class, (byte[] bytes) -> heard.add(bytes.length + " " + sha256(bytes)));
            session.addMessageHandler(PongMessage.class,
                (PongMessage pong) -> heard.add("" + StandardCharsets.UTF_8.decode(pong.getApplicationData())));
        }

        @Override
        public void onClose(Session session, CloseReason reason) {
            heard.add(reason.getCloseCode().getCode() + " " + reason.getReasonPhrase());
        }
    }

    private record Deflate() implements Extension {
        @Override
        public String getName() {
            return "permessage-deflate";
        }

        @Override
        public List<Parameter> getParameters() {
            return List.of();
        }
    }

    private static String answer(String name, String url, String mode) {
        try {
            ClientEndpointConfig config = ClientEndpointConfig.Builder.create()
                .preferredSubprotocols(name.equals("subprotocol") ? List.of("one", "two") : List.of())
                .extensions(mode.equals("compressed") ? List.<Extension>of(new Deflate()) : List.of())
                .build();
            Listener listener = new Listener();
            try (Session session = ContainerProvider.getWebSocketContainer().connectToServer(listener, config, URI.create(url))) {
                return play(name, session, listener.heard);
            }
        } catch (Exception error) {
            return error.toString();
        }
    }

    private static String play(String name, Session session, BlockingQueue<String> heard) throws Exception {
        switch (name) {
            case "text" -> session.getBasicRemote().sendText("grüß dich 😀");
            case "binary" -> {
                byte[] bytes = new byte[70_000];
                for (int at = 0; at < bytes.length; at++) bytes[at] = (byte) (at % 251);
                session.getBasicRemote().sendBinary(ByteBuffer.wrap(bytes));
            }
            case "fragmented" -> {
                session.getBasicRemote().sendText("one ", false);
                session.getBasicRemote().sendText("two ", false);
                session.getBasicRemote().sendText("three 😀", true);
            }
            case "ping" -> {
                session.getBasicRemote().sendPing(ByteBuffer.wrap("here?".getBytes()));
                String pong = heard.take();
                if (!pong.equals("here?")) return "the pong " + pong;
                session.getBasicRemote().sendText("ping");
            }
            case "leave" -> session.close(new CloseReason(closeCode(4001), "enough"));
            case "left" -> session.getBasicRemote().sendText("close");
            case "subprotocol" -> {
                return session.getNegotiatedSubprotocol();
            }
            default -> throw new IllegalArgumentException(name);
        }
        return heard.take();
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (Exception error) {
            throw new IllegalStateException(error);
        }
    }
}
