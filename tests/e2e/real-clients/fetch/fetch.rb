# Asks for each URL once: fetch.rb URL…; how it went is for the witnesses to say.
require "net/http"

ARGV.each do |url|
  uri = URI(url)
  http = Net::HTTP.new(uri.hostname, uri.port)
  http.use_ssl = uri.scheme == "https"
  http.open_timeout = http.read_timeout = http.ssl_timeout = 5
  http.max_retries = 0
  http.get("/")
rescue StandardError => error
  warn "#{url} #{error.inspect}"
end
