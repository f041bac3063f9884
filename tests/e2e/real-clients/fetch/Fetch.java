import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** Asks for each URL once: Fetch LIBRARY URL…; how it went is for the witnesses to say. */
public final class Fetch {
    public static void main(String[] arguments) {
        for (int place = 1; place < arguments.length; place++) {
            URI uri = URI.create(arguments[place]);
            try {
                if (arguments[0].equals("HttpClient")) {
                    HttpRequest request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(5)).build();
                    HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.discarding());
                } else {
                    HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
                    connection.setConnectTimeout(5000);
                    connection.setReadTimeout(5000);
                    connection.getResponseCode();
                }
            } catch (Exception error) {
                System.err.println(uri + " " + error);
            }
        }
        System.exit(0);
    }
}
