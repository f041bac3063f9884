// Asks for each URL once: fetch URL…; how it went is for the witnesses to say.
package main

import (
	"fmt"
	"net/http"
	"os"
	"runtime"
	"time"
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == "--version" {
		fmt.Println(runtime.Version())
		return
	}
	client := http.Client{Timeout: 5 * time.Second}
	for _, url := range os.Args[1:] {
		response, err := client.Get(url)
		if err != nil {
			fmt.Fprintln(os.Stderr, url, err)
			continue
		}
		response.Body.Close()
	}
}
