import jakarta.websocket.OnMessage;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpoint;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.catalina.Context;
import org.apache.catalina.servlets.DefaultServlet;
import org.apache.catalina.startup.ExpandWar;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.websocket.server.WsSci;

/**
 * Tomcat, embedded, with annotated endpoints: the Jakarta programs that Wirespring's are read like. Started as a source file.
 *
 * Does for the harness what `standard-input.js` says.
 */
public class TomcatServer {
    public static void main(String[] arguments) throws Exception {
        Logger.getLogger("org.apache").setLevel(Level.SEVERE);
        Path folder = Files.createTempDirectory("tomcat-bench");
        try {
            System.out.println("listening " + start(folder.toString()));
            BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
            while (input.readLine() != null) {
                System.gc();
                System.out.println("collected");
            }
        } finally {
            ExpandWar.delete(folder.toFile());
        }
        // The threads of the server would go on.
        System.exit(0);
    }

    private static int start(String folder) throws Exception {
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(folder);
        tomcat.setPort(0);
        tomcat.getConnector().setProperty("address", "127.0.0.1");
        // Its default is 8192 connections.
        tomcat.getConnector().setProperty("maxConnections", "-1");
        Context context = tomcat.addContext("", folder);
        Tomcat.addServlet(context, "default", new DefaultServlet()).addMapping("/");
        context.addServletContainerInitializer(new WsSci(),
            Set.of(Echo.class, Text.class, Topic.class, DeflatedTopic.class));
        tomcat.start();
        return tomcat.getConnector().getLocalPort();
    }

    @ServerEndpoint("/echo")
    public static class Echo {
        @OnMessage
        public ByteBuffer echo(ByteBuffer message) {
            return message;
        }
    }

    @ServerEndpoint("/text")
    public static class Text {
        @OnMessage
        public String echo(String message) {
            return message;
        }
    }

    @ServerEndpoint("/topic")
    public static class Topic {
        @OnMessage
        public String publish(Session session, String message) throws IOException {
            for (Session other : session.getOpenSessions()) other.getBasicRemote().sendText(message);
            return "ok";
        }
    }

    /** Tomcat compresses for whoever offers it. */
    @ServerEndpoint("/deflate")
    public static class DeflatedTopic extends Topic {
        @OnMessage
        @Override
        public String publish(Session session, String message) throws IOException {
            return super.publish(session, message);
        }
    }
}
